import java.util.ArrayList;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.CuratorWatcher;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.Watcher;

/** Watches of all kinds, and the cache that stands on recursive ones. */
class Watches {
  static void scenes(CuratorFramework client) throws Exception {
    Main.scene(client, "one-shot watches", Watches::oneShot);
    Main.scene(client, "persistent watches", Watches::persistent);
    Main.scene(client, "recursive watches", Watches::recursive);
    Main.scene(client, "removed watches", Watches::removed);
    Main.scene(client, "cache", Watches::cache);
  }

  static CuratorWatcher watcher(Main.Log log) {
    return event -> log.add(event.getType() + " " + event.getPath());
  }

  static Object oneShot(CuratorFramework client, String root) throws Exception {
    Main.Log log = new Main.Log();
    String path = root + "/a";
    client.checkExists().usingWatcher(watcher(log)).forPath(path);
    client.getChildren().usingWatcher(watcher(log)).forPath(root);
    client.create().forPath(path);
    log.until(2);
    client.getData().usingWatcher(watcher(log)).forPath(path);
    client.setData().forPath(path, Framework.bytes("1"));
    log.until(3);
    client.setData().forPath(path, Framework.bytes("2"));
    client.getData().usingWatcher(watcher(log)).forPath(path);
    client.delete().forPath(path);
    return log.until(4);
  }

  static Object persistent(CuratorFramework client, String root) throws Exception {
    Main.Log log = new Main.Log();
    String path = root + "/a";
    client.watchers().add().withMode(AddWatchMode.PERSISTENT).usingWatcher(watcher(log))
        .forPath(path);
    change(client, path);
    return log.until(6);
  }

  static Object recursive(CuratorFramework client, String root) throws Exception {
    Main.Log log = new Main.Log();
    client.watchers().add().withMode(AddWatchMode.PERSISTENT_RECURSIVE)
        .usingWatcher(watcher(log)).forPath(root);
    change(client, root + "/a");
    return log.until(7);
  }

  private static void change(CuratorFramework client, String path) throws Exception {
    client.create().forPath(path);
    client.setData().forPath(path, Framework.bytes("1"));
    client.create().forPath(path + "/b");
    client.setData().forPath(path + "/b", Framework.bytes("2"));
    client.delete().forPath(path + "/b");
    client.delete().forPath(path);
    client.create().forPath(path);
  }

  static Object removed(CuratorFramework client, String root) throws Exception {
    List<Object> seen = new ArrayList<>();
    Main.Log log = new Main.Log();
    CuratorWatcher first = watcher(log);
    client.getData().usingWatcher(first).forPath(root);
    client.getChildren().usingWatcher(watcher(log)).forPath(root);
    client.watchers().remove(first).ofType(Watcher.WatcherType.Data).forPath(root);
    log.until(1);
    client.setData().forPath(root, Framework.bytes("1"));
    client.watchers().removeAll().forPath(root);
    log.until(2);
    client.create().forPath(root + "/a");
    client.watchers().add().withMode(AddWatchMode.PERSISTENT_RECURSIVE).usingWatcher(first)
        .forPath(root);
    client.watchers().removeAll().ofType(Watcher.WatcherType.Any).forPath(root);
    client.create().forPath(root + "/b");
    seen.add(log.until(3));
    seen.add(Main.code(() -> client.watchers().removeAll().forPath(root)));
    return seen;
  }

  static Object cache(CuratorFramework client, String root) throws Exception {
    Main.Log log = new Main.Log();
    CuratorFramework other = Main.connect();
    other.create().creatingParentsIfNeeded().forPath(root + "/a/b", Framework.bytes("old"));
    try (CuratorCache cache = CuratorCache.build(client, root)) {
      cache.listenable().addListener(CuratorCacheListener.builder()
          .forInitialized(() -> log.add("initialized")).build());
      cache.start();
      log.until(1);
      cache.listenable().addListener((type, before, after) -> log.add(List.of(type.name(),
          (after == null ? before : after).getPath(),
          after == null ? "" : Framework.text(after.getData()))));
      int size = cache.size();
      // It reads what has changed when it is told so, not what was there in between.
      other.create().forPath(root + "/c", Framework.bytes("new"));
      log.until(2);
      other.setData().forPath(root + "/a/b", Framework.bytes("changed"));
      log.until(3);
      other.delete().forPath(root + "/c");
      return List.of(size, log.until(4), cache.size());
    }
  }
}
