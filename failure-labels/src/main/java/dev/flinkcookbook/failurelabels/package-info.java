/**
 * The problem: a job restarts in the night, and whoever is on call must first find out whose failure it is.
 *
 * <p>The idea: a plugin of the JobManager reads each failure where it happens and leaves a label {@code kind} with it, which the
 * REST interface and the Web UI show and can be filtered by.
 */
package dev.flinkcookbook.failurelabels;
