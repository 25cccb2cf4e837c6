import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import org.apache.zookeeper.AsyncCallback;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/**
 * ZooKeeper's own client in Java, with its asynchronous calls. The arguments are those of
 * ../task.ts, the line it prints is ../meter.ts's. All completions run in the client's one thread of
 * events, and so does all of this but main.
 */
public class JavaClient {
  static final int TIMED_EACH = 16;
  static ZooKeeper zk;
  static String operation;
  static String path;
  static byte[] data;
  static List<Op> ops = new ArrayList<>();
  static double seconds;
  static double from;
  static double until = Double.POSITIVE_INFINITY;
  static double cpuAtStart;
  static double[] latencies = new double[1024];
  static int timed;
  static long done;
  static boolean over;
  static String line;
  static CountDownLatch running;
  static final Watcher WATCH = event -> {};

  public static void main(String[] args) throws Exception {
    operation = args[1];
    int depth = Integer.parseInt(args[2]);
    int size = Integer.parseInt(args[3]);
    seconds = Double.parseDouble(args[4]);
    path = "/bench/d" + size;
    data = new byte[size];
    for (int i = 0; i < 10; i++) ops.add(Op.setData(path, data, -1));
    CountDownLatch connected = new CountDownLatch(1);
    zk = new ZooKeeper(args[0], 30_000, event -> {
      if (event.getState() == Watcher.Event.KeeperState.SyncConnected) connected.countDown();
    });
    connected.await();
    running = new CountDownLatch(depth);
    // Begun where all else happens, in the thread of events.
    zk.exists("/", false, (rc, at, context, stat) -> begin(depth), null);
    running.await();
    System.out.println(line);
    zk.close();
    System.exit(0);
  }

  static void begin(int depth) {
    // Longer than the others warm up: the compiler of the JVM takes its time.
    from = now() + 0.75 * seconds + 1.5;
    for (int i = 0; i < depth; i++) new Chain(i).submit();
  }

  /** One of DEPTH: each answer begins the next operation. */
  static class Chain {
    final String own;
    final boolean isTimed;
    double start = now();
    final AsyncCallback.DataCallback onData = (rc, at, context, bytes, stat) -> finished(rc);
    final AsyncCallback.StatCallback onStat = (rc, at, context, stat) -> finished(rc);
    final AsyncCallback.ChildrenCallback onNames = (rc, at, context, names) -> finished(rc);
    final AsyncCallback.MultiCallback onMulti = (rc, at, context, results) -> finished(rc);
    final AsyncCallback.VoidCallback onDeleted = (rc, at, context) -> finished(rc);
    final AsyncCallback.StringCallback onCreated = (rc, at, context, name) -> created(rc);

    Chain(int index) {
      own = "/bench/w" + index;
      isTimed = index % TIMED_EACH == 0;
    }

    void submit() {
      switch (operation) {
        case "get" -> zk.getData(path, false, onData, null);
        case "set" -> zk.setData(path, data, -1, onStat, null);
        case "exists" -> zk.exists(path, WATCH, onStat, null);
        case "multi" -> zk.multi(ops, onMulti, null);
        case "children" -> zk.getChildren("/bench/c1000", false, onNames, null);
        default -> zk.create(
            own, data, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, onCreated, null);
      }
    }

    void created(int rc) {
      if (rc == 0) zk.delete(own, -1, onDeleted, null);
      else finished(rc);
    }

    void finished(int rc) {
      if (rc != 0) {
        System.err.println("An operation failed with " + rc);
        System.exit(1);
      }
      done++;
      if (isTimed && !over) lap();
      if (over) running.countDown();
      else submit();
    }

    void lap() {
      double at = now();
      if (at >= until) {
        end(at);
      } else if (until < Double.POSITIVE_INFINITY) {
        if (timed == latencies.length) latencies = Arrays.copyOf(latencies, 2 * timed);
        latencies[timed++] = at - start;
      } else if (at >= from) {
        from = at;
        until = at + seconds;
        cpuAtStart = cpu();
        done = 0;
      }
      start = at;
    }
  }

  static void end(double at) {
    double used = cpu() - cpuAtStart;
    over = true;
    Arrays.sort(latencies, 0, timed);
    line = String.format(Locale.ROOT,
        "{\"rate\":%.3f,\"cpu\":%.3f,\"p50\":%s,\"p99\":%s,\"rss\":%.3f}",
        done / (at - from), 1e6 * used / done, percentile(0.5), percentile(0.99), peakMegabytes());
  }

  static String percentile(double share) {
    if (timed * (1 - share) < 1 - 1e-9) return "null";
    double value = 1e6 * latencies[(int) Math.ceil(share * timed) - 1];
    return String.format(Locale.ROOT, "%.3f", value);
  }

  static double now() {
    return System.nanoTime() / 1e9;
  }

  static double cpu() {
    var system = (com.sun.management.OperatingSystemMXBean)
        ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime() / 1e9;
  }

  /** What Linux says; elsewhere what the heap has at present, which is less. */
  static double peakMegabytes() {
    try {
      for (String status : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (status.startsWith("VmHWM:")) return Long.parseLong(status.replaceAll("\\D", "")) / 1024.0;
      }
    } catch (java.io.IOException e) {
      // Not Linux.
    }
    return Runtime.getRuntime().totalMemory() / 1048576.0;
  }
}
