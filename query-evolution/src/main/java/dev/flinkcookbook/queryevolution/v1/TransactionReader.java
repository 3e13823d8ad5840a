package dev.flinkcookbook.queryevolution.v1;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;

/** Reads a transaction from JSON and says what is wrong with a record that is none. */
final class TransactionReader {

    private static final ObjectReader READER = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build()
            .readerFor(Transaction.class);

    /** @throws TransactionRefusedException what is no transaction */
    Transaction read(byte[] json) throws TransactionRefusedException {
        if (json == null) {
            throw new TransactionRefusedException("no-value", "a record without a value is no transaction");
        }
        Transaction transaction = parse(json);
        if (transaction == null) {
            throw new TransactionRefusedException("not-a-transaction", "null is no transaction");
        }
        requireText("id", transaction.id());
        requireText("account", transaction.account());
        if (transaction.at() == null) {
            throw new TransactionRefusedException("incomplete", "at is missing");
        }
        return transaction;
    }

    private static Transaction parse(byte[] json) throws TransactionRefusedException {
        try {
            return READER.readValue(json);
        } catch (JsonProcessingException e) {
            throw new TransactionRefusedException("not-a-transaction", e.getOriginalMessage());
        } catch (IOException e) {
            throw new TransactionRefusedException("not-a-transaction", String.valueOf(e.getMessage()));
        }
    }

    private static void requireText(String field, String value) throws TransactionRefusedException {
        if (value == null || value.isBlank()) {
            throw new TransactionRefusedException("incomplete", field + " is missing");
        }
    }
}
