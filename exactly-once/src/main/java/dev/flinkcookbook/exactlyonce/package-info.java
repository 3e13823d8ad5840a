/**
 * Exactly-once: each transfer between accounts becomes two ledger entries with a running balance, and that stays true when
 * processes are killed. Flink's checkpoints cover the offsets and the balances, Kafka's transactions the entries; the sink
 * commits a transaction when the checkpoint that it belongs to is complete.
 */
package dev.flinkcookbook.exactlyonce;
