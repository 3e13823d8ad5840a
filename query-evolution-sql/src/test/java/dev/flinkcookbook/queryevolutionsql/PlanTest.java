package dev.flinkcookbook.queryevolutionsql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PlanTest {

    private static final SqlScript SCRIPT = SqlScript.parse(
            "CREATE TABLE t (k STRING) WITH ('connector' = 'fed', 'name' = 't');"
                    + "CREATE TABLE r (k STRING, n BIGINT) WITH ('connector' = 'collected');"
                    + "INSERT INTO r SELECT k, COUNT(*) FROM t GROUP BY k",
            Map.of());

    private static String compiled() {
        return SqlStatements.of(SCRIPT).compiled().asJsonString();
    }

    /** The control: what a JVM compiles again has other numbers, and so other uids, and finds no state. */
    @Test
    void flinkNumbersTheSamePlanDifferentlyEachTime() {
        assertThat(compiled()).isNotEqualTo(compiled());
    }

    @Test
    void isTheSameHoweverOftenItIsCompiled() {
        Plan plan = Plan.parse(compiled());

        assertThat(Plan.parse(compiled()).text()).isEqualTo(plan.text());
        assertThat(plan.operators().keySet()).containsExactly(1, 2, 3, 4);
        assertThat(plan.operators().values())
                .extracting(Plan.Operator::type)
                .containsExactly("table-source-scan", "exchange", "group-aggregate", "sink");
        assertThat(plan.operators().get(3).inputs())
                .containsExactly(plan.operators().get(2));
    }

    @Test
    void refusesWhatIsNoPlan() {
        assertThatThrownBy(() -> Plan.parse("[]"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("no plan that Flink has compiled");
    }
}
