import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryNTimes;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;

/** What Curator, and the Java client in it, see of a server: see program.ts for how it says so. */
public class Main {
  interface Scene {
    Object play(CuratorFramework client, String root) throws Exception;
  }

  private static String address;

  public static void main(String[] arguments) throws Exception {
    address = arguments[arguments.length - 1];
    CuratorFramework client = connect();
    Framework.scenes(client);
    Watches.scenes(client);
    Recipes.scenes(client);
    Discovery.scenes(client);
    Sessions.scenes(client);
    client.close();
    // The sessions of the scenes are left to the server: to close them all takes a second.
    System.exit(0);
  }

  /** A session that is connected. */
  static CuratorFramework connect() throws Exception {
    CuratorFramework client = builder().build();
    client.start();
    client.blockUntilConnected();
    return client;
  }

  static CuratorFrameworkFactory.Builder builder() {
    return CuratorFrameworkFactory.builder().connectString(address).sessionTimeoutMs(10_000)
        .connectionTimeoutMs(10_000).retryPolicy(new RetryNTimes(20, 100));
  }

  /** Plays a scene below a znode of its own, and says what was seen. */
  static void scene(CuratorFramework client, String name, Scene scene) throws Exception {
    String root = "/" + name.replace(' ', '-');
    client.create().forPath(root, new byte[0]);
    say(name, scene.play(client, root));
  }

  static synchronized void say(Object... line) throws Exception {
    System.out.println(new ObjectMapper().writeValueAsString(line));
  }

  /** Has something done to the program. */
  static void please(Object... what) throws Exception {
    List<Object> line = new ArrayList<>(List.of(what));
    line.add(0, "please");
    say(line.toArray());
    while (System.in.read() != '\n') {}
  }

  /** The code that a call fails with, or null. */
  static String code(Callable<?> call) throws Exception {
    try {
      call.call();
      return null;
    } catch (KeeperException error) {
      return error.code().name();
    }
  }

  /** What a Stat says, but for times and zxids. */
  static List<Integer> fields(Stat stat) {
    if (stat == null) return null;
    return List.of(stat.getVersion(), stat.getCversion(), stat.getAversion(),
        stat.getEphemeralOwner() == 0 ? 0 : 1, stat.getDataLength(), stat.getNumChildren());
  }

  static List<String> sorted(List<String> names) {
    List<String> copy = new ArrayList<>(names);
    Collections.sort(copy);
    return copy;
  }

  /** Asks until it is so. */
  static void until(String what, Callable<Boolean> ask) throws Exception {
    for (long end = System.nanoTime() + 20_000_000_000L; !ask.call(); Thread.sleep(5)) {
      if (System.nanoTime() > end) throw new AssertionError("Waited too long until " + what);
    }
  }

  /** What came from other threads, in order. */
  static class Log {
    private final List<Object> entries = new ArrayList<>();

    synchronized void add(Object entry) {
      entries.add(entry);
      notifyAll();
    }

    /** All entries, once there are so many. */
    synchronized List<Object> until(int count) throws Exception {
      long end = System.nanoTime() + 20_000_000_000L;
      while (entries.size() < count) {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) throw new AssertionError("Waited for " + count + ", had " + entries);
        wait(left);
      }
      return new ArrayList<>(entries);
    }
  }
}
