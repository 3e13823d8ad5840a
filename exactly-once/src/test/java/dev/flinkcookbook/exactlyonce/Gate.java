package dev.flinkcookbook.exactlyonce;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Serializable;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Holds the subtasks of a sink at one step of its two-phase commit for as long as the test wants, so that what a crash meets
 * is no matter of luck. The test and the sink have copies of it; what they share is a static of this JVM, by name.
 */
final class Gate implements Serializable {

    /** In the order in which a checkpoint takes them. */
    enum Step {
        /** The barrier is there; records may still be in the producer's buffer. */
        BEFORE_THE_FLUSH,
        /** All records stand in the topic, and the sink's state, which names their transaction, is not yet saved. */
        AFTER_THE_PRE_COMMIT,
        /** The checkpoint is complete, the transaction is open. */
        BEFORE_THE_COMMIT,
        /** The broker has committed, and the sink does not know it yet. */
        AFTER_THE_COMMIT
    }

    private static final class Place {
        private boolean closed = true;
        private int held;
    }

    private static final Map<String, Place> PLACES = new ConcurrentHashMap<>();

    private final String name = UUID.randomUUID().toString();
    private final Step step;

    private Gate(Step step) {
        this.step = step;
    }

    static Gate openAt(Step step) {
        Gate gate = new Gate(step);
        PLACES.put(gate.name, new Place());
        gate.open();
        return gate;
    }

    void close() {
        set(true);
    }

    void open() {
        set(false);
    }

    private void set(boolean closed) {
        Place place = PLACES.get(name);
        synchronized (place) {
            place.closed = closed;
            place.notifyAll();
        }
    }

    /** Returns when so many subtasks stand at the gate. */
    void awaitHeld(int subtasks) {
        Place place = PLACES.get(name);
        JobOnKafka.patiently().untilAsserted(() -> {
            synchronized (place) {
                assertThat(place.held).as("subtasks held at " + step).isEqualTo(subtasks);
            }
        });
    }

    /** Called by the sink; a task that is cancelled is interrupted here. */
    void pass(Step reached) throws InterruptedException {
        if (reached != step) {
            return;
        }
        Place place = PLACES.get(name);
        synchronized (place) {
            place.held++;
            try {
                while (place.closed) {
                    place.wait();
                }
            } finally {
                place.held--;
            }
        }
    }
}
