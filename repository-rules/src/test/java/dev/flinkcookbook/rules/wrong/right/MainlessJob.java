package dev.flinkcookbook.rules.wrong.right;

import org.junit.jupiter.api.Disabled;

/** A job that nobody can start, with a test that nobody runs. */
public final class MainlessJob {

    static void main(String[] args) {}

    @Disabled
    void tested() {}
}
