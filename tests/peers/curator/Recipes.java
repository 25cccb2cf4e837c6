import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.queue.SimpleDistributedQueue;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.retry.RetryNTimes;

/** Curator's recipes, between two sessions each. */
class Recipes {
  static void scenes(CuratorFramework client) throws Exception {
    Main.scene(client, "mutex", Recipes::mutex);
    Main.scene(client, "read write lock", Recipes::readWriteLock);
    Main.scene(client, "semaphore", Recipes::semaphore);
    Main.scene(client, "leader", Recipes::leader);
    Main.scene(client, "barrier", Recipes::barrier);
    Main.scene(client, "counts", Recipes::counts);
    Main.scene(client, "group", Recipes::group);
    Main.scene(client, "queue", Recipes::queue);
  }

  static Object mutex(CuratorFramework client, String root) throws Exception {
    Main.Log log = new Main.Log();
    CuratorFramework other = Main.connect();
    InterProcessMutex first = new InterProcessMutex(client, root);
    InterProcessMutex second = new InterProcessMutex(other, root);
    first.acquire();
    log.add(second.acquire(50, TimeUnit.MILLISECONDS));
    first.acquire();
    Thread waiting = new Thread(() -> {
      try {
        second.acquire();
        log.add("second has it");
      } catch (Exception error) {
        log.add(error.toString());
      }
    });
    waiting.start();
    Main.until("the second waits", () -> first.getParticipantNodes().size() == 2);
    first.release();
    log.add(first.isAcquiredInThisProcess());
    first.release();
    waiting.join();
    // The lock of a session that goes is free.
    other.close();
    first.acquire();
    log.add(first.getParticipantNodes().size());
    first.release();
    return log.until(4);
  }

  static Object readWriteLock(CuratorFramework client, String root) throws Exception {
    InterProcessReadWriteLock first = new InterProcessReadWriteLock(client, root);
    InterProcessReadWriteLock second = new InterProcessReadWriteLock(Main.connect(), root);
    List<Object> seen = new ArrayList<>();
    first.readLock().acquire();
    seen.add(second.readLock().acquire(10, TimeUnit.SECONDS));
    second.readLock().release();
    seen.add(second.writeLock().acquire(50, TimeUnit.MILLISECONDS));
    first.readLock().release();
    seen.add(second.writeLock().acquire(10, TimeUnit.SECONDS));
    seen.add(first.readLock().acquire(50, TimeUnit.MILLISECONDS));
    second.writeLock().release();
    return seen;
  }

  static Object semaphore(CuratorFramework client, String root) throws Exception {
    InterProcessSemaphoreV2 first = new InterProcessSemaphoreV2(client, root, 2);
    InterProcessSemaphoreV2 second = new InterProcessSemaphoreV2(Main.connect(), root, 2);
    List<Object> seen = new ArrayList<>();
    Lease one = first.acquire(10, TimeUnit.SECONDS);
    Lease two = second.acquire(10, TimeUnit.SECONDS);
    seen.add(second.acquire(50, TimeUnit.MILLISECONDS) == null);
    first.returnLease(one);
    seen.add(second.acquire(10, TimeUnit.SECONDS) != null);
    second.returnLease(two);
    return seen;
  }

  static Object leader(CuratorFramework client, String root) throws Exception {
    CuratorFramework other = Main.connect();
    LeaderLatch first = new LeaderLatch(client, root, "first");
    LeaderLatch second = new LeaderLatch(other, root, "second");
    List<Object> seen = new ArrayList<>();
    first.start();
    first.await();
    second.start();
    Main.until("the second takes part", () -> first.getParticipants().size() == 2);
    seen.add(second.getLeader().getId());
    seen.add(second.hasLeadership());
    first.close();
    second.await();
    seen.add(second.getLeader().getId());
    second.close();
    return seen;
  }

  static Object barrier(CuratorFramework client, String root) throws Exception {
    Main.Log log = new Main.Log();
    List<Thread> threads = new ArrayList<>();
    for (CuratorFramework one : List.of(client, Main.connect())) {
      DistributedDoubleBarrier barrier = new DistributedDoubleBarrier(one, root + "/b", 2);
      threads.add(new Thread(() -> {
        try {
          log.add(barrier.enter(20, TimeUnit.SECONDS));
          log.add(barrier.leave(20, TimeUnit.SECONDS));
        } catch (Exception error) {
          log.add(error.toString());
        }
      }));
    }
    for (Thread thread : threads) thread.start();
    for (Thread thread : threads) thread.join();
    return log.until(4);
  }

  static Object counts(CuratorFramework client, String root) throws Exception {
    List<Object> seen = new ArrayList<>();
    CuratorFramework other = Main.connect();
    DistributedAtomicLong[] longs = new DistributedAtomicLong[2];
    for (int i = 0; i < 2; i++) {
      longs[i] = new DistributedAtomicLong(i == 0 ? client : other, root + "/long",
          new RetryNTimes(1000, 1));
    }
    Thread adding = new Thread(() -> add(longs[1]));
    adding.start();
    add(longs[0]);
    adding.join();
    seen.add(longs[0].get().postValue());

    SharedCount first = new SharedCount(client, root + "/shared", 7);
    SharedCount second = new SharedCount(other, root + "/shared", 7);
    first.start();
    second.start();
    seen.add(first.getCount());
    var versioned = first.getVersionedValue();
    second.setCount(8);
    seen.add(first.trySetCount(versioned, 9));
    Main.until("the count is known", () -> first.getCount() == 8);
    first.close();
    second.close();
    return seen;
  }

  private static void add(DistributedAtomicLong number) {
    try {
      for (int i = 0; i < 20; i++) {
        if (!number.increment().succeeded()) throw new AssertionError("Not counted");
      }
    } catch (Exception error) {
      throw new AssertionError(error);
    }
  }

  static Object group(CuratorFramework client, String root) throws Exception {
    CuratorFramework other = Main.connect();
    GroupMember me = new GroupMember(client, root, "me", Framework.bytes("1"));
    GroupMember you = new GroupMember(other, root, "you", Framework.bytes("2"));
    me.start();
    you.start();
    Main.until("both are there", () -> me.getCurrentMembers().size() == 2
        && client.getChildren().forPath(root).size() == 2);
    other.close();
    Main.until("one has gone", () -> me.getCurrentMembers().size() == 1);
    me.close();
    return me.getCurrentMembers().keySet();
  }

  static Object queue(CuratorFramework client, String root) throws Exception {
    SimpleDistributedQueue first = new SimpleDistributedQueue(client, root);
    SimpleDistributedQueue second = new SimpleDistributedQueue(Main.connect(), root);
    for (String value : List.of("a", "b", "c")) first.offer(Framework.bytes(value));
    List<Object> seen = new ArrayList<>();
    seen.add(Framework.text(second.peek()));
    seen.add(Framework.text(second.poll()));
    seen.add(Framework.text(first.take()));
    seen.add(Framework.text(second.remove()));
    seen.add(first.poll() == null);
    return seen;
  }
}
