/**
 * Commands for whoever runs a cluster. A new version of a job is easy to start and hard to take back: its state may not fit, its
 * sinks may have committed. {@code UpgradeCommand} finds out beforehand what can be known, takes a savepoint, deploys, watches,
 * and goes back by itself for as long as that repeats nothing.
 */
package dev.flinkcookbook.operations;
