import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.kstream.internals.foreignkeyjoin.*;
import org.apache.kafka.streams.state.internals.Murmur3;

/**
 * Prints what Apache's classes make of the parts of a join by foreign key, as `test/streams/golden/foreign-keys.txt` has it: hashes of texts,
 * subscriptions, responses to them and keys of the store of subscriptions; bytes are in hex, and what is null is a dash.
 */
public class ForeignKeyGolden {
    static final Headers NONE = new RecordHeaders();
    static final String[] WORDS = {"", "a", "tea", "\u00e4pfel & birnen", "a key of some length, longer than a block of the hash"};

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    static String orDash(Object value) {
        return value == null ? "-" : value.toString();
    }

    static long[] hashOf(String value) {
        return value == null ? null : Murmur3.hash128(value.getBytes(StandardCharsets.UTF_8));
    }

    static void hashes() {
        StringBuilder text = new StringBuilder();
        for (int length = 0; length <= 40; length++) {
            long[] hash = hashOf(text.toString());
            System.out.printf("hash|%s|%016x%016x%n", text, hash[0], hash[1]);
            text.append(length % 7 == 3 ? '\u00fc' : (char) ('a' + length % 26));
        }
    }

    static void subscriptions() {
        try (SubscriptionWrapperSerde<String> serde = new SubscriptionWrapperSerde<>(() -> "pseudo", Serdes.String())) {
            for (SubscriptionWrapper.Instruction instruction : SubscriptionWrapper.Instruction.values())
                for (String value : new String[] {null, "tea"})
                    for (String key : WORDS)
                        for (Integer partition : new Integer[] {null, 0, 7, 0x12345678}) {
                            byte version = (byte) (partition == null ? 0 : 1);
                            SubscriptionWrapper<String> wrapper = new SubscriptionWrapper<>(hashOf(value), instruction, key, version, partition);
                            System.out.printf("subscription|%d|%s|%s|%s|%s%n", instruction.value(), orDash(value), key, orDash(partition),
                                hex(serde.serializer().serialize("topic", NONE, wrapper)));
                        }
        }
    }

    static void responses() {
        SubscriptionResponseWrapperSerde<String> serde = new SubscriptionResponseWrapperSerde<>(Serdes.String());
        for (String value : new String[] {null, "tea"})
            for (String foreign : new String[] {null, "milk", "\u00e4pfel"})
                System.out.printf("response|%s|%s|%s%n", orDash(value), orDash(foreign),
                    hex(serde.serializer().serialize("topic", NONE, new SubscriptionResponseWrapper<>(hashOf(value), foreign, 3))));
    }

    static void keys() throws Exception {
        CombinedKeySchema<String, String> schema = new CombinedKeySchema<>(() -> "fk", Serdes.String(), () -> "pk", Serdes.String());
        Method toBytes = CombinedKeySchema.class.getDeclaredMethod("toBytes", Object.class, Object.class, Headers.class);
        toBytes.setAccessible(true);
        for (String foreign : WORDS)
            for (String primary : WORDS)
                System.out.printf("key|%s|%s|%s%n", foreign, primary, hex(((Bytes) toBytes.invoke(schema, foreign, primary, NONE)).get()));
    }

    public static void main(String[] args) throws Exception {
        hashes();
        subscriptions();
        responses();
        keys();
    }
}
