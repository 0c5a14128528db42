import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.metrics.MeasurableStat;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.stats.Avg;
import org.apache.kafka.common.metrics.stats.Max;
import org.apache.kafka.common.metrics.stats.Min;
import org.apache.kafka.common.metrics.stats.Rate;
import org.apache.kafka.common.metrics.stats.WindowedCount;
import org.apache.kafka.common.metrics.stats.WindowedSum;

/**
 * Prints what Apache's clients tell of values, as `test/client/metrics/golden/stats.txt` has it: lines `window|samples|+|time|value` for each value, and
 * `window|samples|=|time|sums a second|values a second|average|max|min` for what is told then by a client that was never asked before.
 */
public class StatsGolden {
    record Value(long time, double value) {}

    public static void main(String[] args) {
        series(30_000, 2, 7_300, 40);
        series(1_000, 3, 450, 40);
        series(1_000, 1, 300, 20);
        series(5_000, 4, 4_999, 30);
    }

    static void series(long window, int samples, long step, int count) {
        List<Value> values = new ArrayList<>();
        long time = 1_000;
        tell(values, window, samples, time);
        for (int i = 0; i < count; i++) {
            // Now and then nothing comes for longer than all windows last.
            time += i % 13 == 12 ? window * (samples + 1) : step + (i * 37) % 11 * step / 10;
            Value value = new Value(time, (i * 7919) % 1000 - 100);
            values.add(value);
            System.out.println(window + "|" + samples + "|+|" + time + "|" + (long) value.value());
            tell(values, window, samples, time + step / 3);
            if (i % 5 == 4) {
                time += window * (samples - 1) + step;
                tell(values, window, samples, time);
            }
        }
        tell(values, window, samples, time + window * samples);
    }

    static void tell(List<Value> values, long window, int samples, long time) {
        MetricConfig config = new MetricConfig().timeWindow(window, TimeUnit.MILLISECONDS).samples(samples);
        MeasurableStat[] stats = {new Rate(new WindowedSum()), new Rate(new WindowedCount()), new Avg(), new Max(), new Min()};
        StringBuilder line = new StringBuilder(window + "|" + samples + "|=|" + time);
        for (MeasurableStat stat : stats) {
            for (Value value : values) stat.record(config, value.value(), value.time());
            line.append("|").append(String.format(Locale.ROOT, "%.6f", stat.measure(config, time)));
        }
        System.out.println(line);
    }
}
