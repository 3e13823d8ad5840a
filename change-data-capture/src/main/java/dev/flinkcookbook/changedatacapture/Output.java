package dev.flinkcookbook.changedatacapture;

import java.util.Locale;

/** What the job may write besides dead letters. */
enum Output {
    VIEWS,
    AUDIT,
    ORDERS;

    /** As in {@code --outputs}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
