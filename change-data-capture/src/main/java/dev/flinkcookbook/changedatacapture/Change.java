package dev.flinkcookbook.changedatacapture;

import dev.flinkcookbook.common.SerializedType;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/**
 * A change of one row. As Debezium tells it until {@link KeepNewest} has compared it with what is known; as it really was afterwards.
 *
 * <p>Immutable by convention: nobody changes the arrays.
 *
 * @param key of the row, as JSON: {@code {"id":10}}
 * @param id the value in the key, as JSON: {@code 10}
 * @param before the row as it was last known, as JSON; null if it was not known, and before {@link KeepNewest}
 * @param after the row, as JSON; null if it is deleted
 * @param referred what the row before refers to, as JSON: an order to its customer, a line to its order; null if unknown
 * @param refers what the row refers to now; null if it refers to nothing, or is deleted
 * @param transaction its id; 0 if a snapshot has read the row
 * @param committedAt milliseconds since the epoch
 * @param parts how many records like this one stand for one change of the transaction: one for each subtask that has deleted rows in
 *     a truncated table; 0 if it stands for none, being such a deleted row
 * @param part which of them, from 0
 */
@TypeInfo(Change.InfoFactory.class)
record Change(
        Table table,
        Operation operation,
        byte[] key,
        String id,
        byte[] before,
        byte[] after,
        String referred,
        String refers,
        Position position,
        long transaction,
        long committedAt,
        int parts,
        int part) {

    /** What tells the row from all others of all tables. */
    String row() {
        return table.ordinal() + new String(key, StandardCharsets.UTF_8);
    }

    /** Of a {@link #row}. */
    static Table table(String row) {
        return Table.values()[row.charAt(0) - '0'];
    }

    /** Of a {@link #row}. */
    static String key(String row) {
        return row.substring(1);
    }

    /** Whether the row should refer to another table, and has no such column. */
    boolean hasLostItsForeignKey() {
        return table.foreignKey() != null && after != null && refers == null;
    }

    boolean isOfSnapshot() {
        return position.isOfSnapshot();
    }

    /** What tells all subtasks that the snapshot of a table is complete; it belongs to no transaction. */
    static Change snapshotComplete(Table table, long lsn) {
        return new Change(
                table,
                Operation.SNAPSHOT_COMPLETE,
                EnvelopeReader.NO_KEY,
                "",
                null,
                null,
                null,
                null,
                Position.ofSnapshot(lsn),
                0,
                0,
                1,
                0);
    }

    Change asRead() {
        return of(Operation.READ, before, after, referred, position);
    }

    Change asStale() {
        return new Change(
                table,
                Operation.STALE,
                key,
                id,
                null,
                null,
                null,
                null,
                position,
                transaction,
                committedAt,
                parts,
                part);
    }

    /** Of a truncation: the record of one of the subtasks that have deleted rows. */
    Change asStalePart(int ofThisSubtask, int ofAll) {
        return new Change(
                table,
                Operation.STALE,
                key,
                id,
                null,
                null,
                null,
                null,
                position,
                transaction,
                committedAt,
                ofAll,
                ofThisSubtask);
    }

    /** Of a truncation or a snapshot: the deletion of a row, which is none of the changes that its transaction counts. */
    Change asDeleteOf(String keyOfRow, RowVersion known) {
        return new Change(
                table,
                Operation.DELETE,
                keyOfRow.getBytes(StandardCharsets.UTF_8),
                EnvelopeReader.id(keyOfRow),
                known.row(),
                null,
                known.refers(),
                null,
                position.following(known.position()),
                transaction,
                committedAt,
                0,
                0);
    }

    /** The same change of a row that is known by now. */
    Change of(Operation really, byte[] rowBefore, byte[] rowAfter, String referredBefore, Position published) {
        return new Change(
                table,
                really,
                key,
                id,
                rowBefore,
                rowAfter,
                referredBefore,
                refers,
                published,
                transaction,
                committedAt,
                parts,
                part);
    }

    /** Flink asks this for the type wherever a stream of changes appears. */
    public static final class InfoFactory extends TypeInfoFactory<Change> {
        @Override
        public TypeInformation<Change> createTypeInfo(Type type, Map<String, TypeInformation<?>> parameters) {
            return new SerializedType<>(Change.class, ChangeSerializer.INSTANCE);
        }
    }
}
