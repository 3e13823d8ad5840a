/**
 * Query evolution: a job that has run for a while is stopped, changed, and started again. The packages {@code v1}, {@code v2} and
 * {@code v3} are the same job at three times, deliberately copied: the difference between them is the lesson. {@code v2} takes
 * over the state of {@code v1} as it is; for {@code v3} the state must be migrated. Each version becomes a jar of its own, in which
 * its package has the same name, as the classes of one project have in two of its commits.
 */
package dev.flinkcookbook.queryevolution;
