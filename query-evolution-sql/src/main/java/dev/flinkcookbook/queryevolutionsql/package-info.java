/**
 * A statement runs, and its query must change. Flink finds the state of the old one by the place of an operator in the graph, or by
 * its number in a compiled plan, and asks nothing about what the state means: a SUM goes on as a MAX, without a word.
 *
 * <p>{@link dev.flinkcookbook.queryevolutionsql.SqlStatementJob} runs a script of statements on any cluster, and
 * {@link dev.flinkcookbook.queryevolutionsql.PlanDiff} says before a change is deployed what would become of the state.
 */
package dev.flinkcookbook.queryevolutionsql;
