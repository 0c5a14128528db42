import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs Apache's tools one after the other, each as if it had a Java of its own. A line of the input is a tool's class, its input and its arguments, a line
 * of the output its exit code, its output and its errors; all but the code in base64.
 */
public class Tools {
    /** Where tools write to: what some of them have kept as `System.out` must lead to the present one's output. */
    private static class Current extends OutputStream {
        private volatile ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void write(int b) {
            bytes.write(b);
        }

        @Override
        public void write(byte[] b, int off, int len) {
            bytes.write(b, off, len);
        }
    }

    public static void main(String[] none) throws Exception {
        PrintStream answers = System.out;
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        Current out = new Current();
        Current err = new Current();
        System.setOut(new PrintStream(out, true));
        System.setErr(new PrintStream(err, true));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            List<byte[]> words = Arrays.stream(line.split(" ", -1)).map(Base64.getDecoder()::decode).toList();
            out.bytes = new ByteArrayOutputStream();
            err.bytes = new ByteArrayOutputStream();
            System.setIn(new ByteArrayInputStream(words.get(1)));
            String[] args = words.stream().skip(2).map(String::new).toArray(String[]::new);
            int code = run(new String(words.get(0)), args);
            Base64.Encoder encoder = Base64.getEncoder();
            answers.println(code + " " + encoder.encodeToString(out.bytes.toByteArray()) + " " + encoder.encodeToString(err.bytes.toByteArray()));
        }
        // Whatever tools have left behind.
        Runtime.getRuntime().halt(0);
    }

    private static int run(String tool, String[] args) throws Exception {
        CompletableFuture<Integer> code = new CompletableFuture<>();
        // Nothing happens in a thread after it has ended the program: no handler of errors, and nothing that is done at last.
        Exit.Procedure end = (status, message) -> {
            code.complete(status);
            synchronized (code) {
                while (true) wait(code);
            }
        };
        Exit.setExitProcedure(end);
        Exit.setHaltProcedure(end);
        Thread thread = new Thread(() -> code.complete(call(tool, args)), "main");
        thread.setDaemon(true);
        thread.start();
        return code.get();
    }

    private static void wait(Object lock) {
        try {
            lock.wait();
        } catch (InterruptedException e) {
            // It has ended all the same.
        }
    }

    private static int call(String tool, String[] args) {
        try {
            Class.forName(tool).getMethod("main", String[].class).invoke(null, (Object) args);
            return 0;
        } catch (InvocationTargetException e) {
            System.err.print("Exception in thread \"main\" ");
            e.getCause().printStackTrace();
            return 1;
        } catch (ReflectiveOperationException e) {
            e.printStackTrace();
            return 1;
        }
    }
}
