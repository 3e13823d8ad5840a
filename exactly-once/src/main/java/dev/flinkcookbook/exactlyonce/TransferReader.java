package dev.flinkcookbook.exactlyonce;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.math.BigDecimal;

/** Reads a transfer from JSON and says what is wrong with one that cannot be booked. */
final class TransferReader {

    /** Digits before and after the point: beyond any currency, and small enough that no amount can fill the memory. */
    private static final int MOST_DIGITS = 24;

    static final int MOST_DECIMALS = 9;

    /** Beyond any identifier, and short enough to be a key in any store. */
    private static final int MOST_CHARACTERS = 255;

    private static final ObjectReader READER = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            // An account may be a number; true is none, and 1.0 would be another one than 1.
            .withCoercionConfig(
                    LogicalType.Textual,
                    text -> text.setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build()
            .readerFor(Transfer.class);

    /** @throws TransferRefusedException what cannot be booked */
    Transfer read(byte[] json) throws TransferRefusedException {
        if (json == null) {
            throw new TransferRefusedException("no-value", "a record without a value is no transfer");
        }
        Transfer transfer = parse(json);
        require(transfer != null, "incomplete", "null is no transfer");
        requireText("transferId", transfer.transferId());
        requireText("from", transfer.from());
        requireText("to", transfer.to());
        require(transfer.amount() != null, "incomplete", "amount is missing");
        require(transfer.at() != null, "incomplete", "at is missing");
        require(!transfer.from().equals(transfer.to()), "to-itself", "from and to are both " + transfer.to());
        require(transfer.amount().signum() > 0, "not-positive", "the amount is not positive");
        require(
                isBookable(transfer.amount()),
                "amount-out-of-range",
                "at most 15 digits before the point and 9 after it");
        return transfer;
    }

    private static Transfer parse(byte[] json) throws TransferRefusedException {
        try {
            return READER.readValue(json);
        } catch (JsonProcessingException e) {
            throw new TransferRefusedException("not-a-transfer", e.getOriginalMessage());
        } catch (IOException e) {
            throw new TransferRefusedException("not-a-transfer", e.getMessage());
        }
    }

    /** Without computing with it: 1e999999999 is one digit until it is added to something. */
    private static boolean isBookable(BigDecimal amount) {
        return amount.scale() <= MOST_DECIMALS
                && amount.scale() >= -MOST_DIGITS
                && amount.precision() - amount.scale() <= MOST_DIGITS - MOST_DECIMALS;
    }

    private static void requireText(String field, String value) throws TransferRefusedException {
        require(value != null && !value.isBlank(), "incomplete", field + " is missing");
        require(
                isStorable(value),
                "text-out-of-range",
                field + " has NUL, half a character, or more than 255 characters");
    }

    /**
     * Whether every store keeps it apart from all others: a database refuses NUL and long keys, and what is written as UTF-8
     * has a question mark for each half of a character, which would make one account of two.
     */
    private static boolean isStorable(String text) {
        return text.length() <= MOST_CHARACTERS
                && text.codePoints().noneMatch(point -> point == 0 || Character.getType(point) == Character.SURROGATE);
    }

    private static void require(boolean holds, String reason, String message) throws TransferRefusedException {
        if (!holds) {
            throw new TransferRefusedException(reason, message);
        }
    }
}
