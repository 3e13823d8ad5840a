package dev.flinkcookbook.queryevolution.v1;

import org.apache.flink.api.common.functions.MapFunction;

/** Not a lambda: maven-shade, which gives a version's package its name in the jar, does not rename the types in a lambda's signature. */
final class Enrich implements MapFunction<Transaction, EnrichedTransaction> {

    @Override
    public EnrichedTransaction map(Transaction transaction) {
        return EnrichedTransaction.of(transaction);
    }
}
