package dev.flinkcookbook.latedata;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;

/**
 * Reads ISO-8601 instants. Those of the usual form, {@code 2026-01-01T10:00:05.123Z}, without Java's formatter, which would take
 * longer than all else that is done to read a reading.
 */
final class IsoTime {

    // Only years of four digits: what lies beyond is somebody's bug, and sums with it could overflow.
    private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999999Z");

    private static final int WITHOUT_FRACTION = "2026-01-01T10:00:05Z".length();
    private static final int FRACTION = "2026-01-01T10:00:05.".length();
    private static final int MOST_DIGITS_OF_A_FRACTION = 9;

    /** Every month has so many days; what is beyond is for Java to judge. */
    private static final int DAYS_OF_EVERY_MONTH = 28;

    private static final long DAYS_BEFORE_THE_EPOCH = 719_468; // since 0000-03-01
    private static final int DAYS_OF_400_YEARS = 146_097;

    private static final int NO_NUMBER = -1;

    private IsoTime() {}

    /**
     * Milliseconds since the epoch; what is finer is cut off.
     *
     * @throws DateTimeException no instant, or one of a year that has not four digits
     */
    static long millis(String text) {
        int length = text.length();
        boolean usual = length >= WITHOUT_FRACTION
                && length <= FRACTION + MOST_DIGITS_OF_A_FRACTION + 1
                && text.charAt(length - 1) == 'Z'
                && text.charAt(4) == '-'
                && text.charAt(7) == '-'
                && text.charAt(10) == 'T'
                && text.charAt(13) == ':'
                && text.charAt(16) == ':';
        if (usual) {
            int year = number(text, 0, 4);
            int month = number(text, 5, 7);
            int day = number(text, 8, 10);
            int hour = number(text, 11, 13);
            int minute = number(text, 14, 16);
            int second = number(text, 17, 19);
            int millis = millisOfSecond(text);
            if (year > 0
                    && month >= 1
                    && month <= 12
                    && day >= 1
                    && day <= DAYS_OF_EVERY_MONTH
                    && hour >= 0
                    && hour <= 23
                    && minute >= 0
                    && minute <= 59
                    && second >= 0
                    && second <= 59
                    && millis >= 0) {
                return ((epochDay(year, month, day) * 24 + hour) * 60 + minute) * 60_000 + second * 1_000L + millis;
            }
        }
        Instant instant = OffsetDateTime.parse(text).toInstant();
        if (instant.isBefore(EARLIEST) || instant.isAfter(LATEST)) {
            throw new DateTimeException("not a year of four digits");
        }
        return instant.toEpochMilli();
    }

    private static int millisOfSecond(String text) {
        if (text.length() == WITHOUT_FRACTION) {
            return 0;
        }
        int digits = text.length() - FRACTION - 1;
        if (digits < 1 || text.charAt(FRACTION - 1) != '.' || number(text, FRACTION, FRACTION + digits) == NO_NUMBER) {
            return NO_NUMBER;
        }
        int millis = number(text, FRACTION, FRACTION + Math.min(3, digits));
        return digits == 1 ? millis * 100 : digits == 2 ? millis * 10 : millis;
    }

    /** Years counted from March, so that the leap day is the last one. */
    private static long epochDay(int year, int month, int day) {
        int fromMarch = month > 2 ? year : year - 1;
        int era = fromMarch / 400;
        int yearOfEra = fromMarch - era * 400;
        int dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
        int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
        return (long) era * DAYS_OF_400_YEARS + dayOfEra - DAYS_BEFORE_THE_EPOCH;
    }

    private static int number(String text, int from, int to) {
        int number = 0;
        for (int i = from; i < to; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return NO_NUMBER;
            }
            number = 10 * number + digit;
        }
        return number;
    }
}
