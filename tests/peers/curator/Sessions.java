import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooKeeper;

/** A session that loses its connection, and one that expires. */
class Sessions {
  static void scenes(CuratorFramework client) throws Exception {
    Main.scene(client, "expiry", Sessions::expiry);
    // Cuts the others off as well.
    Main.scene(client, "cut", Sessions::cut);
  }

  static Object cut(CuratorFramework client, String root) throws Exception {
    List<Object> seen = new ArrayList<>();
    CuratorFramework mine = Main.connect();
    Main.Log states = new Main.Log(), events = new Main.Log();
    listen(mine, states);
    ZooKeeper zk = mine.getZookeeperClient().getZooKeeper();
    long id = zk.getSessionId();
    mine.create().withMode(CreateMode.EPHEMERAL).forPath(root + "/e");
    mine.create().forPath(root + "/data", Framework.bytes("1"));
    mine.getData().usingWatcher(Watches.watcher(events)).forPath(root + "/data");
    mine.watchers().add().withMode(AddWatchMode.PERSISTENT_RECURSIVE)
        .usingWatcher(Watches.watcher(events)).forPath(root + "/e");
    InterProcessMutex mutex = new InterProcessMutex(mine, root + "/lock");
    mutex.acquire();
    LeaderLatch latch = new LeaderLatch(mine, root + "/leader");
    latch.start();
    latch.await();
    CuratorCache cache = CuratorCache.build(mine, root + "/data");
    cache.start();
    Main.until("the cache is filled", () -> cache.size() == 1);

    Main.please("drop");
    seen.add(states.until(2));
    latch.await();
    seen.add(mine.getZookeeperClient().getZooKeeper().getSessionId() == id);
    seen.add(client.checkExists().forPath(root + "/e").getEphemeralOwner() == id);
    // It tells of the loss and of the return, and still stands.
    client.setData().forPath(root + "/e", Framework.bytes("2"));
    client.setData().forPath(root + "/data", Framework.bytes("2"));
    Main.until("the cache knows", () ->
        "2".equals(Framework.text(cache.get(root + "/data").get().getData())));
    seen.add(new java.util.TreeSet<Object>(events.until(6)));
    seen.add(new InterProcessMutex(client, root + "/lock").acquire(50, TimeUnit.MILLISECONDS));
    mutex.release();
    seen.add(new InterProcessMutex(client, root + "/lock").acquire(20, TimeUnit.SECONDS));
    cache.close();
    latch.close();
    return seen;
  }

  /** That it is connected at first may be told late. */
  private static void listen(CuratorFramework client, Main.Log states) {
    client.getConnectionStateListenable().addListener((ignored, state) -> {
      if (state != ConnectionState.CONNECTED) states.add(state.name());
    });
  }

  static Object expiry(CuratorFramework client, String root) throws Exception {
    List<Object> seen = new ArrayList<>();
    CuratorFramework mine = Main.connect();
    Main.Log states = new Main.Log(), events = new Main.Log();
    listen(mine, states);
    ZooKeeper zk = mine.getZookeeperClient().getZooKeeper();
    PersistentNode node = new PersistentNode(mine, CreateMode.EPHEMERAL, false, root + "/node",
        Framework.bytes("mine"));
    node.start();
    node.waitForInitialCreate(20, TimeUnit.SECONDS);
    mine.create().withMode(CreateMode.EPHEMERAL).forPath(root + "/e");
    ServiceDiscovery<String> discovery = Discovery.open(mine, root + "/services");
    discovery.registerService(Discovery.instance("one", 1));
    client.checkExists().usingWatcher(Watches.watcher(events)).forPath(root + "/e");

    long id = zk.getSessionId();
    StringBuilder password = new StringBuilder();
    for (byte one : zk.getSessionPasswd()) password.append(String.format("%02x", one));
    Main.please("expire", Long.toHexString(id), password.toString());
    seen.add(states.until(3));
    seen.add(mine.getZookeeperClient().getZooKeeper().getSessionId() != id);
    seen.add(events.until(1));
    Main.until("the znode is there again", () -> client.checkExists().forPath(root + "/node") != null);
    Main.until("the service is there again", () ->
        client.checkExists().forPath(root + "/services/service/one") != null);
    seen.add(client.checkExists().forPath(root + "/e"));
    node.close();
    discovery.close();
    return seen;
  }
}
