/**
 * What every job of the cookbook shares and no reader would want to change: the flags that each job has, builders for
 * Kafka sources and sinks, dead letters, and the checks before a job starts. No events, no operators, no base job: what a
 * recipe teaches stands in the recipe.
 */
package dev.flinkcookbook.common;
