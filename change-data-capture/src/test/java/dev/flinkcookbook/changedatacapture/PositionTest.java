package dev.flinkcookbook.changedatacapture;

import static dev.flinkcookbook.changedatacapture.Log.text;
import static dev.flinkcookbook.changedatacapture.Position.UNKNOWN;
import static dev.flinkcookbook.changedatacapture.Table.CUSTOMERS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionTest {

    private static final Comparator<Position> AS_PUBLISHED = Comparator.comparingLong(Position::commit)
            .thenComparingLong(Position::lsn)
            .thenComparingInt(Position::order);

    private final Log log = new Log();

    /** It takes the place of the other one, and then the other one does not come back. */
    private static void isNewer(Change newer, Change older) {
        assertThat(newer.position().isAfter(older.position()))
                .as("%s after %s", newer.position(), older.position())
                .isTrue();
        Position known = newer.position().following(older.position());
        assertThat(older.position().isAfter(known))
                .as("%s after %s", older.position(), known)
                .isFalse();
    }

    private Change update() {
        return log.update(CUSTOMERS, 1, "'name':'Ada'").change();
    }

    private Change read() {
        return log.snapshot().read(CUSTOMERS, 1, "'name':'Ada'").change();
    }

    @Nested
    class TwoStreamedChanges {
        @Test
        void compareByTransaction() {
            Change first = update();
            Change second = update();

            isNewer(second, first);
        }

        @Test
        void compareByPlaceWithinATransaction() {
            List<Change> changes = log.begin()
                    .update(CUSTOMERS, 1, "'name':'Ada'")
                    .update(CUSTOMERS, 1, "'name':'Bob'")
                    .commit()
                    .changes();

            isNewer(changes.get(1), changes.get(0));
        }

        /** A row whose key changes and changes back has two changes at one place, for each of the keys. */
        @Test
        void compareByOrderWhereAChangeOfTheKeyIsTwoAtOnePlace() {
            List<Change> changes = log.begin()
                    .changeKey(CUSTOMERS, 1, 1, "'name':'Ada'")
                    .commit()
                    .changes();

            assertThat(changes.get(1).position().lsn())
                    .isEqualTo(changes.get(0).position().lsn());
            isNewer(changes.get(1), changes.get(0));
        }

        @Test
        void areNotNewerThanThemselves() {
            Change change = update();

            assertThat(change.position().isAfter(change.position())).isFalse();
        }

        @Test
        void compareByPlaceIfNobodyKnowsWhatWasCommittedBefore() {
            log.snapshot();
            List<Change> first = log.begin()
                    .update(CUSTOMERS, 1, "'name':'Ada'")
                    .update(CUSTOMERS, 1, "'name':'Bob'")
                    .commit()
                    .changes();
            Change next = update();

            assertThat(first).extracting(change -> change.position().commit()).containsOnly(UNKNOWN);
            isNewer(first.get(1), first.get(0));
            isNewer(next, first.get(1));
        }

        /** Postgres writes a row into the log before it looks for another one with its key, and waits for whoever deletes that. */
        @Test
        void compareByTransactionThoughAnInsertionStandsBeforeTheDeletionThatItWaitsFor() {
            Log.Transaction deleting = log.begin();
            Log.Transaction inserting = log.begin().insert(CUSTOMERS, 1, "'name':'Ada'");
            Change deletion = deleting.delete(CUSTOMERS, 1).commit().change();
            Change insertion = inserting.commit().change();

            assertThat(insertion.position().lsn())
                    .isLessThan(deletion.position().lsn());
            isNewer(insertion, deletion);
        }
    }

    @Nested
    class AStreamedChangeAndASnapshot {
        @Test
        void compareByWhatCameFirst() {
            Change before = update();
            Change read = read();
            Change first = update();
            Change second = update();

            isNewer(read, before);
            isNewer(first, read);
            isNewer(second, read);
        }

        @Test
        void compareByCommitIfATransactionWasOpenMeanwhile() {
            Log.Transaction first = log.begin().update(CUSTOMERS, 1, "'name':'Bob'");
            Log.Transaction second = log.begin().update(CUSTOMERS, 2, "'name':'Eve'");
            List<Change> snapshot = log.snapshot()
                    .read(CUSTOMERS, 1, "'name':'Ada'")
                    .read(CUSTOMERS, 2, "'name':'Ada'")
                    .changes();
            Change bob = first.commit().change();
            Change eve = second.commit().change();

            // By LSN alone, both would be taken for older, and be lost.
            long read = snapshot.get(0).position().commit();
            assertThat(bob.position().lsn()).isLessThan(read);
            assertThat(eve.position().lsn()).isLessThan(read);
            isNewer(bob, snapshot.get(0));
            isNewer(eve, snapshot.get(1));
        }

        @Test
        void areToldApartThoughTheSnapshotWasReadWhereTheTransactionBefore() {
            Change before = update();
            Change read = read();
            log.update(CUSTOMERS, 2, "'name':'Eve'");
            Change after = update();

            assertThat(after.position().commit()).isGreaterThan(read.position().commit());
            isNewer(read, before);
            isNewer(after, read);
        }

        /** Then the end of that transaction and the snapshot have one LSN. */
        @Test
        void compareIfNothingHappenedBetween() {
            log.snapshot();
            Log.Told first = log.update(CUSTOMERS, 2, "'name':'Eve'");
            Position read = Position.ofSnapshot(first.lsn());
            Change next = update();

            assertThat(next.position().commit()).isEqualTo(read.commit());
            assertThat(next.position().isAfter(read)).isTrue();
            assertThat(read.isAfter(next.position())).isFalse();
        }
    }

    @Nested
    class TwoSnapshots {
        @Test
        void compareByWhereTheyWereRead() {
            Change first = read();
            update();
            Change second = read();

            isNewer(second, first);
        }

        @Test
        void areNotNewerIfTheyWereReadAtOnePlace() {
            Change first = read();
            Change second = read();

            assertThat(second.position().isAfter(first.position())).isFalse();
        }
    }

    @Nested
    class WhatIsPublished {
        @Test
        void isThePlaceItself() {
            Change change = update();

            assertThat(change.position().following(null)).hasToString("1000/1000/1");
            assertThat(read().position().following(change.position())).hasToString("1020/0/0");
        }

        @Test
        void followsTheVersionBeforeIfNobodyKnowsWhatWasCommittedBefore() {
            Change read = read();
            Change first = update();
            Change next = update();

            Position published = first.position().following(read.position());
            assertThat(published).hasToString("1000/1000/1");
            assertThat(first.position().following(null)).hasToString("0/1000/1");
            assertThat(next.position().following(published)).hasToString("1020/1020/1");
        }
    }

    /**
     * Random transactions and snapshots of one row. What Debezium has told since its last snapshot it may tell again from anywhere, in
     * order, at any time.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void theNewestVersionStaysHoweverOftenChangesAreToldAgain(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 1_000; i++) {
            History history = new History(random);
            while (history.steps < 30) {
                history.step();
            }
            assertThat(history.kept)
                    .as("seed %d, history %d: %s", seed, i, history.told)
                    .isEqualTo(history.last);
        }
    }

    private static final class History {
        private final Random random;
        private final Log log = new Log();
        private final List<Change> told = new ArrayList<>();
        private Log.Transaction open;

        /** The row as committed, and as in the open transaction; null if there is none. */
        private String committed;

        private String current;
        private int steps;

        /** Since when Debezium tells without a break. */
        private int life;

        private String last;
        private String kept;
        private Position position;

        History(Random random) {
            this.random = random;
        }

        void step() {
            steps++;
            switch (random.nextInt(8)) {
                case 0 -> snapshot();
                case 1 -> log.update(CUSTOMERS, 2, "'name':'Eve'");
                case 2, 3 -> commit();
                case 4 -> tellAgain();
                case 5 -> replaceWhileAnotherTransactionWaits();
                default -> change();
            }
        }

        private void change() {
            if (open == null) {
                open = log.begin();
                current = committed;
            }
            String columns = "'version':" + steps;
            if (current == null) {
                open.insert(CUSTOMERS, 1, columns);
                current = Log.row(1, columns);
            } else if (random.nextInt(3) == 0) {
                open.delete(CUSTOMERS, 1);
                current = null;
            } else {
                open.update(CUSTOMERS, 1, columns);
                current = Log.row(1, columns);
            }
        }

        private void commit() {
            if (open != null) {
                open.commit().changes().forEach(this::tell);
                committed = current;
                open = null;
            }
        }

        private void replaceWhileAnotherTransactionWaits() {
            // The first transaction after a snapshot says too little for this.
            if (open != null || committed == null || isFirst()) {
                return;
            }
            Log.Transaction waiting = log.begin().insert(CUSTOMERS, 1, "'version':" + steps);
            log.delete(CUSTOMERS, 1).changes().forEach(this::tell);
            waiting.commit().changes().forEach(this::tell);
            committed = Log.row(1, "'version':" + steps);
        }

        private boolean isFirst() {
            return told.isEmpty() || told.get(told.size() - 1).isOfSnapshot() || life == told.size();
        }

        private void snapshot() {
            life = told.size();
            if (committed == null) {
                log.snapshot();
            } else {
                log.snapshot()
                        .read(CUSTOMERS, 1, committed.substring(8, committed.length() - 1))
                        .changes()
                        .forEach(this::tell);
            }
        }

        private void tellAgain() {
            if (life < told.size()) {
                int from = life + random.nextInt(told.size() - life);
                told.subList(from, told.size()).forEach(this::take);
            }
        }

        private void tell(Change change) {
            told.add(change);
            last = text(change.after());
            take(change);
        }

        private void take(Change change) {
            if (position == null || change.position().isAfter(position)) {
                Position published = change.position().following(position);
                if (position != null) {
                    assertThat(AS_PUBLISHED.compare(published, position))
                            .as("%s after %s", published, position)
                            .isPositive();
                }
                position = published;
                kept = text(change.after());
            }
        }
    }
}
