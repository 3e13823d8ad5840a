package dev.flinkcookbook.exactlyonce;

import static dev.flinkcookbook.exactlyonce.Transfers.ledgerEntry;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.GenericTypeInfo;
import org.apache.flink.api.java.typeutils.PojoTypeInfo;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccountTest {

    private static Posting posting(String id, String delta) {
        return new Posting(id, "a", new BigDecimal(delta));
    }

    @Nested
    class ANewAccount {
        @Test
        void startsAtZeroWithEntryOne() {
            assertThat(Account.NEW.next(posting("t-1", "-1.50")))
                    .isEqualTo(ledgerEntry("t-1", "a", "-1.50", "-1.50", 1));
        }
    }

    @Nested
    class AnAccountWithEntries {
        @Test
        void goesOnFromTheLastOne() {
            Account account = Account.after(ledgerEntry("t-1", "a", "0.10", "0.10", 41));

            assertThat(account.next(posting("t-2", "0.2"))).isEqualTo(ledgerEntry("t-2", "a", "0.2", "0.30", 42));
        }

        @Test
        void keepsTheSmallestAmountBesideTheLargest() {
            Account account = Account.NEW;
            account = Account.after(account.next(posting("t-1", "999999999999999.999999999")));
            account = Account.after(account.next(posting("t-2", "0.000000001")));

            assertThat(account).isEqualTo(new Account(new BigDecimal("1000000000000000.000000000"), 2));
        }
    }

    /** Such a type can get another field and still be restored; one that is left to Kryo cannot. */
    @Nested
    class InStateAndOnTheWire {
        @ParameterizedTest
        @ValueSource(classes = {Account.class, Posting.class, LedgerEntry.class})
        void allFieldsAreKnownToFlink(Class<?> type) {
            assertThat(TypeInformation.of(type)).isInstanceOfSatisfying(PojoTypeInfo.class, pojo -> {
                assertThat(pojo.getArity()).isEqualTo(type.getRecordComponents().length);
                for (int i = 0; i < pojo.getArity(); i++) {
                    assertThat(pojo.getPojoFieldAt(i).getTypeInformation()).isNotInstanceOf(GenericTypeInfo.class);
                }
            });
        }
    }
}
