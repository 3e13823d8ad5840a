package dev.flinkcookbook.latedata;

import static dev.flinkcookbook.latedata.LatenessPolicy.Judgement.LATE;
import static dev.flinkcookbook.latedata.LatenessPolicy.Judgement.ON_TIME;
import static dev.flinkcookbook.latedata.LatenessPolicy.Judgement.REFINES;
import static dev.flinkcookbook.latedata.Readings.millis;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class LatenessPolicyTest {

    private static final LatenessPolicy MINUTES = Readings.minutes(Duration.ofSeconds(90));

    private static LatenessPolicy.Judgement judge(String start, long watermark) {
        return MINUTES.judge(millis(start), watermark);
    }

    @Nested
    class TheWindowOfATime {
        @Test
        void holdsItsStartAndNotItsEnd() {
            assertThat(MINUTES.startOf(millis("10:00:00") - 1)).isEqualTo(millis("09:59:00"));
            assertThat(MINUTES.startOf(millis("10:00:00"))).isEqualTo(millis("10:00:00"));
            assertThat(MINUTES.startOf(millis("10:00:00") + 1)).isEqualTo(millis("10:00:00"));
            assertThat(MINUTES.startOf(millis("10:01:00") - 1)).isEqualTo(millis("10:00:00"));
            assertThat(MINUTES.startOf(millis("10:01:00"))).isEqualTo(millis("10:01:00"));
        }

        @Test
        void isFoundBeforeTheEpochToo() {
            assertThat(MINUTES.startOf(-1)).isEqualTo(-60_000);
            assertThat(MINUTES.startOf(-60_000)).isEqualTo(-60_000);
            assertThat(MINUTES.startOf(-60_001)).isEqualTo(-120_000);
        }

        @Test
        void isFoundForTheEarliestAndTheLatestTimeThatTheReaderLetsPass() {
            for (String edge : new String[] {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"}) {
                long time = Instant.parse(edge).toEpochMilli();
                LatenessPolicy century = LatenessPolicy.of(Duration.ofDays(36_500), Duration.ofDays(36_500));
                assertThat(century.startOf(time)).isLessThanOrEqualTo(time);
                assertThat(century.endOf(century.startOf(time))).isGreaterThan(time);
                assertThat(century.closedAt(century.startOf(time))).isGreaterThan(time);
            }
        }
    }

    @Nested
    class AtTheEndOfTheWindow {
        /** A watermark t says that nothing up to t is expected; the window's last millisecond is 10:00:59.999. */
        @Test
        void aMillisecondBeforeItsLastOneAReadingIsOnTime() {
            assertThat(judge("10:00:00", millis("10:01:00") - 2)).isEqualTo(ON_TIME);
        }

        @Test
        void atItsLastMillisecondAReadingRefines() {
            assertThat(judge("10:00:00", millis("10:01:00") - 1)).isEqualTo(REFINES);
        }

        @Test
        void aMillisecondLaterAReadingRefines() {
            assertThat(judge("10:00:00", millis("10:01:00"))).isEqualTo(REFINES);
        }
    }

    @Nested
    class AtTheEndOfTheAllowedLateness {
        @Test
        void aMillisecondBeforeAReadingRefines() {
            assertThat(judge("10:00:00", millis("10:02:30") - 2)).isEqualTo(REFINES);
        }

        @Test
        void atItAReadingIsLate() {
            assertThat(judge("10:00:00", millis("10:02:30") - 1)).isEqualTo(LATE);
        }

        @Test
        void aMillisecondAfterAReadingIsLate() {
            assertThat(judge("10:00:00", millis("10:02:30"))).isEqualTo(LATE);
        }

        @Test
        void withoutAnyAllowedAReadingIsLateWhenItsWindowIsDue() {
            LatenessPolicy strict = Readings.minutes(Duration.ZERO);
            assertThat(strict.judge(millis("10:00:00"), millis("10:01:00") - 2)).isEqualTo(ON_TIME);
            assertThat(strict.judge(millis("10:00:00"), millis("10:01:00") - 1)).isEqualTo(LATE);
        }
    }

    @Test
    void beforeTheFirstWatermarkEveryReadingIsOnTime() {
        assertThat(judge("10:00:00", Long.MIN_VALUE)).isEqualTo(ON_TIME);
    }
}
