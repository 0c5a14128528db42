import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Apache's transactional producers, driven by lines on standard input: NAME VERB ARGUMENTS, with one line as the answer to each, "ok" or
 * the class of the exception. The properties of all producers are the program's arguments.
 */
public class TransactionDialog {
    public static void main(String[] args) throws Exception {
        Map<String, KafkaProducer<String, String>> producers = new HashMap<>();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        System.out.println("ready");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            try {
                run(producers, words, args);
                System.out.println("ok");
            } catch (Throwable thrown) {
                Throwable root = thrown;
                if (thrown instanceof java.util.concurrent.ExecutionException) root = thrown.getCause();
                System.out.println(root.getClass().getSimpleName());
            }
        }
        System.exit(0);
    }

    static void run(Map<String, KafkaProducer<String, String>> producers, String[] words, String[] args) throws Exception {
        KafkaProducer<String, String> producer = producers.get(words[0]);
        switch (words[1]) {
            case "open": {
                Properties properties = new Properties();
                for (String arg : args) properties.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
                properties.put("transactional.id", words[2]);
                producers.put(words[0], new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer()));
                break;
            }
            case "init": producer.initTransactions(); break;
            case "begin": producer.beginTransaction(); break;
            case "send": producer.send(new ProducerRecord<>(words[2], Integer.valueOf(words[3]), null, words[4])).get(); break;
            case "offset":
                producer.sendOffsetsToTransaction(
                    Map.of(new TopicPartition(words[3], Integer.parseInt(words[4])), new OffsetAndMetadata(Long.parseLong(words[5]))),
                    new ConsumerGroupMetadata(words[2]));
                break;
            case "commit": producer.commitTransaction(); break;
            case "abort": producer.abortTransaction(); break;
            case "close": producer.close(); break;
            default: throw new IllegalArgumentException(words[1]);
        }
    }
}
