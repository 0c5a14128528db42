import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.*;
import org.apache.kafka.connect.converters.*;
import org.apache.kafka.connect.data.*;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.storage.*;

/** Prints what Apache's converters make of values, a line each; test/connect has the same values. */
public class ConnectGolden {
  static JsonConverter json(String... settings) {
    Map<String, String> map = new HashMap<>(Map.of("converter.type", "value"));
    for (int i = 0; i < settings.length; i += 2) map.put(settings[i], settings[i + 1]);
    JsonConverter converter = new JsonConverter();
    converter.configure(map, false);
    return converter;
  }

  static final JsonConverter ENVELOPE = json("schemas.enable", "true");
  static final JsonConverter BARE = json("schemas.enable", "false");

  static String text(byte[] bytes) {
    return bytes == null ? "null" : new String(bytes, StandardCharsets.UTF_8);
  }

  interface Action { String run() throws Exception; }

  static void line(String name, Action action) {
    String result;
    try {
      result = action.run();
    } catch (Exception e) {
      result = "! " + e.getMessage();
    }
    System.out.println(name + "\t" + result.split("\n")[0]);
  }

  static void write(String name, Schema schema, Object value) {
    line("write " + name + " envelope", () -> text(ENVELOPE.fromConnectData("t", schema, value)));
    line("write " + name + " bare", () -> text(BARE.fromConnectData("t", schema, value)));
  }

  static void read(String json) {
    for (JsonConverter converter : List.of(ENVELOPE, BARE))
      line("read " + (converter == ENVELOPE ? "envelope " : "bare ") + json, () -> {
        SchemaAndValue data = converter.toConnectData("t", json.getBytes(StandardCharsets.UTF_8));
        return text(ENVELOPE.fromConnectData("t", data.schema(), data.value()));
      });
  }

  static void plain(String name, Converter converter, Schema schema, Object value) {
    converter.configure(Map.of("converter.type", "value"), false);
    line("plain " + name, () -> {
      byte[] bytes = converter.fromConnectData("t", schema, value);
      return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
    });
  }

  static String shown(Object value) {
    if (value instanceof java.util.Date) return String.valueOf(((java.util.Date) value).getTime());
    return String.valueOf(value);
  }

  static void header(String name, Schema schema, Object value) {
    SimpleHeaderConverter converter = new SimpleHeaderConverter();
    converter.configure(Map.of());
    line("header " + name, () -> {
      byte[] bytes = converter.fromConnectHeader("t", "k", schema, value);
      SchemaAndValue back = converter.toConnectHeader("t", "k", bytes);
      String type = back.schema() == null ? "none" : back.schema().type() + (back.schema().name() == null ? "" : ":" + back.schema().name());
      if (back.value() instanceof List || back.value() instanceof Map) type = "container";
      return text(bytes) + "\t" + type + "\t" + shown(back.value());
    });
  }

  static void headerText(String text) {
    header("text " + text, Schema.STRING_SCHEMA, text);
  }

  static final Schema INNER = SchemaBuilder.struct().field("x", Schema.BOOLEAN_SCHEMA).build();
  static final Schema STRUCT = SchemaBuilder.struct().name("com.x.S").version(3).doc("a doc").parameter("p", "q").parameter("r", "s").optional()
      .field("a", Schema.INT32_SCHEMA)
      .field("b", SchemaBuilder.string().optional().defaultValue("dflt").doc("fd").build())
      .field("c", SchemaBuilder.array(Schema.OPTIONAL_INT64_SCHEMA).optional().build())
      .field("d", INNER)
      .build();

  static Struct struct(String b, List<Long> c) {
    Struct struct = new Struct(STRUCT).put("a", 1).put("b", b).put("d", new Struct(INNER).put("x", true));
    return c == null ? struct : struct.put("c", c);
  }

  public static void main(String[] args) {
    write("string", Schema.STRING_SCHEMA, "foo");
    write("escapes", Schema.STRING_SCHEMA, "a\"b\\c\n\t\u0001\u001f\u007f\u00e9/\u2028<>&\ud83d\ude00 \\u0001");
    write("null", Schema.OPTIONAL_STRING_SCHEMA, null);
    write("nothing", null, null);
    write("loose string", null, "x");
    write("loose map", null, Map.of("a", 1L));
    write("loose list", null, Arrays.asList(1, "b", 2.5d, true, null));
    write("int8", Schema.INT8_SCHEMA, (byte) -5);
    write("int16", Schema.INT16_SCHEMA, (short) 300);
    write("int32", Schema.INT32_SCHEMA, 70000);
    write("int64", Schema.INT64_SCHEMA, 9007199254740993L);
    write("int64 max", Schema.INT64_SCHEMA, Long.MAX_VALUE);
    for (float value : new float[] {1.1f, 1e10f, 16777216f, 0f, 3.4028235e38f, 0.001f, 123456.79f, 1e-5f})
      write("float " + value, Schema.FLOAT32_SCHEMA, value);
    for (double value : new double[] {1, 1e21, 1.5e-7, 12345678, -0.0, 9999999.5, 1e7, 0.001, 0.0001, 123.456, 1e-3, 5e-324, 1.7976931348623157e308, Double.NaN, Double.NEGATIVE_INFINITY})
      write("double " + value, Schema.FLOAT64_SCHEMA, value);
    write("boolean", Schema.BOOLEAN_SCHEMA, true);
    write("bytes", Schema.BYTES_SCHEMA, new byte[] {1, 2, (byte) 255});
    write("array", SchemaBuilder.array(Schema.INT32_SCHEMA).build(), List.of(1, 2));
    write("map", SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.INT32_SCHEMA).build(), new TreeMap<>(Map.of("a", 1, "b", 2)));
    write("map of ints", SchemaBuilder.map(Schema.INT32_SCHEMA, Schema.STRING_SCHEMA).build(), new TreeMap<>(Map.of(1, "x", 2, "y")));
    write("struct", STRUCT, struct(null, Arrays.asList(1L, null)));
    write("struct with gaps", STRUCT, struct("v", null));
    write("struct null", STRUCT, null);
    write("decimal", Decimal.schema(2), new BigDecimal("123.45"));
    write("decimal negative", Decimal.builder(2).optional().build(), new BigDecimal("-1.28"));
    write("date", org.apache.kafka.connect.data.Date.SCHEMA, new java.util.Date(86400000L * 3));
    write("time", Time.SCHEMA, new java.util.Date(3600001L));
    write("timestamp", Timestamp.SCHEMA, new java.util.Date(1700000000123L));
    write("default", SchemaBuilder.int32().defaultValue(7).build(), null);
    write("default optional", SchemaBuilder.int32().optional().defaultValue(7).build(), null);
    write("default bytes", SchemaBuilder.bytes().defaultValue(new byte[] {9}).build(), new byte[] {1});
    write("required null", Schema.INT32_SCHEMA, null);
    write("nested", SchemaBuilder.map(Schema.STRING_SCHEMA, SchemaBuilder.array(Schema.FLOAT64_SCHEMA).build()).optional().name("m").build(), Map.of("k", List.of(1.5)));
    line("numeric decimal", () -> text(json("decimal.format", "NUMERIC").fromConnectData("t", Decimal.schema(2), new BigDecimal("123.40"))));
    line("numeric decimal negative scale", () -> text(json("decimal.format", "NUMERIC").fromConnectData("t", Decimal.schema(-2), new BigDecimal("12300").setScale(-2))));
    line("null kept", () -> text(json("replace.null.with.default", "false").fromConnectData("t", SchemaBuilder.int32().optional().defaultValue(7).build(), null)));

    for (String json : new String[] {
        "{\"schema\":{\"type\":\"string\",\"optional\":false},\"payload\":\"foo\"}", "\"x\"", "{\"payload\":1}", "{\"a\":1,\"b\":2.50}", "null", "",
        "{\"schema\":null,\"payload\":{\"a\":[1,2.5,true,null,\"s\"]}}", "{\"schema\":null,\"payload\":12345678901234567890}",
        "{\"schema\":{\"type\":\"int32\"},\"payload\":\"x\"}", "{\"schema\":{\"type\":\"int8\"},\"payload\":300}",
        "{\"schema\":{\"type\":\"nope\"},\"payload\":1}", "{\"schema\":{},\"payload\":1}",
        "{\"schema\":{\"type\":\"int32\",\"optional\":true},\"payload\":null}", "{\"schema\":{\"type\":\"int32\",\"optional\":false},\"payload\":null}",
        "{\"schema\":{\"type\":\"struct\",\"fields\":[{\"type\":\"int32\",\"field\":\"a\",\"optional\":true,\"default\":5}],\"optional\":false},\"payload\":{}}",
        "{\"schema\":{\"type\":\"struct\",\"fields\":[{\"type\":\"int32\",\"field\":\"a\"}],\"optional\":false},\"payload\":{}}",
        "9007199254740993", "{\"schema\":{\"type\":\"int64\"},\"payload\":9007199254740993}", "{\"schema\":{\"type\":\"double\"},\"payload\":1}",
        "{\"schema\":{\"type\":\"map\",\"keys\":{\"type\":\"int32\"},\"values\":{\"type\":\"string\"}},\"payload\":[[1,\"a\"]]}",
        "{\"schema\":{\"type\":\"bytes\"},\"payload\":\"AQI=\"}", "{\"schema\":{\"type\":\"array\"},\"payload\":[]}",
        "{\"schema\":{\"type\":\"bytes\",\"name\":\"org.apache.kafka.connect.data.Decimal\",\"version\":1,\"parameters\":{\"scale\":\"2\"}},\"payload\":123.45}",
        "{\"schema\":{\"type\":\"int32\",\"name\":\"org.apache.kafka.connect.data.Date\",\"version\":1},\"payload\":3}"})
      read(json);

    plain("Integer", new IntegerConverter(), Schema.INT32_SCHEMA, 258);
    plain("Long", new LongConverter(), Schema.INT64_SCHEMA, 258L);
    plain("Short", new ShortConverter(), Schema.INT16_SCHEMA, (short) 258);
    plain("Float", new FloatConverter(), Schema.FLOAT32_SCHEMA, 1.5f);
    plain("Double", new DoubleConverter(), Schema.FLOAT64_SCHEMA, 1.5d);
    plain("Boolean", new BooleanConverter(), Schema.BOOLEAN_SCHEMA, true);
    plain("String of int", new StringConverter(), Schema.INT32_SCHEMA, 5);
    plain("String of double", new StringConverter(), Schema.FLOAT64_SCHEMA, 5.0);
    plain("String of map", new StringConverter(), null, new TreeMap<>(Map.of("a", List.of(1, "q"), "b", 2L)));
    plain("String of struct", new StringConverter(), STRUCT, struct("v", null));
    plain("String of null", new StringConverter(), null, null);
    plain("Bytes", new ByteArrayConverter(), Schema.BYTES_SCHEMA, new byte[] {1});
    plain("Bytes of string", new ByteArrayConverter(), Schema.STRING_SCHEMA, "s");
    plain("Boolean of string", new BooleanConverter(), Schema.STRING_SCHEMA, "s");

    header("long", Schema.INT64_SCHEMA, 5000000000L);
    header("double", Schema.FLOAT64_SCHEMA, 1.5);
    header("whole double", Schema.FLOAT64_SCHEMA, 1.0);
    header("float", Schema.FLOAT32_SCHEMA, 1.1f);
    header("boolean", Schema.BOOLEAN_SCHEMA, true);
    header("bytes", Schema.BYTES_SCHEMA, new byte[] {1, 2, 3, 4, 5});
    header("list", null, List.of(1, "a", 2.5));
    header("map", null, new TreeMap<>(Map.of("a", 1, "b", "x")));
    header("timestamp", Timestamp.SCHEMA, new java.util.Date(1700000000123L));
    header("old timestamp", Timestamp.SCHEMA, new java.util.Date(-1L));
    header("date", org.apache.kafka.connect.data.Date.SCHEMA, new java.util.Date(86400000L));
    header("leap day", org.apache.kafka.connect.data.Date.SCHEMA, new java.util.Date(1709164800000L));
    header("time", Time.SCHEMA, new java.util.Date(3600001L));
    header("decimal", Decimal.schema(2), new BigDecimal("12.34"));
    for (String text : new String[] {"foo", "a\"b", "123", "200", "300", "70000", "12345678901234567890", "1e5", "1.0", "", " 12 ", "[1, 2, 3]", "[1, \"a\"]", "{\"a\":1}",
        "true", "2020-01-02", "\"q\"", "3.14159265358979", "[1, 2", "hello world: x, y", "1.1", "[]", "{}", "2020-01-02T03:04:05.678Z", "Infinity", "NaN", "1f", "0x10", "+1", ".5"})
      headerText(text);
  }
}
