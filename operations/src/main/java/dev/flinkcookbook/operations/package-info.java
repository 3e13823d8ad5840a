/**
 * Commands for whoever runs a cluster, with whoever's jobs on it. They ask the JobManager's REST interface and nothing else, so they
 * work on any session cluster.
 *
 * <p>A new version of a job is easy to start and hard to take back: its state may not fit, its sinks may have committed. {@code
 * UpgradeCommand} finds out beforehand what can be known, takes a savepoint, deploys, watches, and goes back by itself for as long
 * as that repeats nothing. {@code DoctorCommand} says what is wrong, the worst first, and what to do; it changes nothing.
 */
package dev.flinkcookbook.operations;
