/**
 * The problem: a job asks a service outside about each record, and the service fails: for a moment, for an hour, or for good.
 *
 * <p>The idea: restarting is fault tolerance, not a retry mechanism. What is wrong with the data goes to the dead letters; what
 * is wrong outside is tried again, so many times, with growing pauses and without a restart, and then set aside; what is
 * wrong with the job fails it.
 */
package dev.flinkcookbook.failingwell;
