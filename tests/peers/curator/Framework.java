import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.ClientInfo;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;

/** The service itself, as Curator's fluent calls and the Java client below them have it. */
class Framework {
  static void scenes(CuratorFramework client) throws Exception {
    Main.scene(client, "create", Framework::create);
    Main.scene(client, "data", Framework::data);
    Main.scene(client, "children", Framework::children);
    Main.scene(client, "background", Framework::background);
    Main.scene(client, "containers", Framework::containers);
    Main.scene(client, "transaction", Framework::transaction);
    Main.scene(client, "reads at once", Framework::readsAtOnce);
    Main.scene(client, "acl", Framework::acl);
    Main.scene(client, "java client", Framework::javaClient);
  }

  static Object create(CuratorFramework client, String root) throws Exception {
    Stat stat = new Stat();
    List<Object> seen = new ArrayList<>();
    seen.add(client.create().storingStatIn(stat).forPath(root + "/a", bytes("data")));
    seen.add(Main.fields(stat));
    seen.add(Main.code(() -> client.create().forPath(root + "/a")));
    seen.add(Main.code(() -> client.create().forPath(root + "/b/c")));
    seen.add(client.create().creatingParentsIfNeeded().forPath(root + "/b/c", bytes("")));
    seen.add(client.create().orSetData().storingStatIn(stat).forPath(root + "/a", bytes("other")));
    seen.add(Main.fields(client.checkExists().forPath(root + "/a")));
    String path = client.create().withProtection().withMode(CreateMode.EPHEMERAL_SEQUENTIAL)
        .forPath(root + "/p-", bytes(""));
    seen.add(path.replaceAll("_c_[-0-9a-f]+", "_c_..."));
    seen.add(Main.code(() -> client.create().forPath(path + "/child")));
    seen.add(client.create().withMode(CreateMode.PERSISTENT_SEQUENTIAL).forPath(root + "/s-"));
    seen.add(Main.code(() -> client.delete().forPath(root + "/b")));
    seen.add(Main.code(() -> client.delete().withVersion(5).forPath(root + "/a")));
    seen.add(Main.code(() -> client.delete().forPath(root + "/absent")));
    client.delete().quietly().forPath(root + "/absent");
    client.delete().guaranteed().deletingChildrenIfNeeded().forPath(root + "/b");
    seen.add(client.checkExists().forPath(root + "/b"));
    seen.add(client.usingNamespace("create/name").create().creatingParentsIfNeeded()
        .forPath("/inside"));
    seen.add(Main.fields(client.checkExists().forPath(root + "/name/inside")));
    return seen;
  }

  static Object data(CuratorFramework client, String root) throws Exception {
    Stat stat = new Stat();
    String path = client.create().compressed().forPath(root + "/a", bytes("x".repeat(1000)));
    List<Object> seen = new ArrayList<>();
    seen.add(client.getData().decompressed().storingStatIn(stat).forPath(path).length);
    seen.add(Main.fields(client.setData().withVersion(0).forPath(path, bytes("new"))));
    seen.add(Main.code(() -> client.setData().withVersion(0).forPath(path, bytes(""))));
    seen.add(Main.code(() -> client.setData().forPath(root + "/b", bytes(""))));
    seen.add(Main.code(() -> client.getData().forPath(root + "/b")));
    seen.add(text(client.getData().forPath(path)));
    seen.add(Main.fields(client.setData().forPath(path, null)));
    seen.add(text(client.getData().forPath(path)));
    client.sync().forPath(path);
    return seen;
  }

  static Object children(CuratorFramework client, String root) throws Exception {
    for (String name : List.of("b", "a", "é")) client.create().forPath(root + "/" + name);
    Stat stat = new Stat();
    List<Object> seen = new ArrayList<>();
    seen.add(Main.sorted(client.getChildren().storingStatIn(stat).forPath(root)));
    seen.add(Main.fields(stat));
    seen.add(client.getChildren().forPath(root + "/a"));
    seen.add(Main.code(() -> client.getChildren().forPath(root + "/c")));
    return seen;
  }

  static Object background(CuratorFramework client, String root) throws Exception {
    Main.Log log = new Main.Log();
    org.apache.curator.framework.api.BackgroundCallback done = (ignored, event) ->
        log.add(Arrays.asList(event.getType().name(), event.getResultCode(), event.getPath(),
            event.getName()));
    client.create().withMode(CreateMode.PERSISTENT_SEQUENTIAL).inBackground(done)
        .forPath(root + "/s-");
    client.setData().inBackground(done).forPath(root + "/none", bytes(""));
    client.getData().inBackground(done).forPath(root);
    client.getChildren().inBackground(done).forPath(root);
    client.checkExists().inBackground(done).forPath(root + "/none");
    client.getACL().inBackground(done).forPath(root);
    client.sync().inBackground(done).forPath(root);
    client.delete().inBackground(done).forPath(root + "/s-0000000000");
    return log.until(8);
  }

  /** Containers go when their last child has gone, those with a time to live when it is over. */
  static Object containers(CuratorFramework client, String root) throws Exception {
    String child = client.create().creatingParentContainersIfNeeded().forPath(root + "/c/d/e");
    client.create().withTtl(1000).withMode(CreateMode.PERSISTENT_WITH_TTL).forPath(root + "/t");
    client.create().withTtl(100_000).withMode(CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL)
        .forPath(root + "/t-");
    List<Object> seen = new ArrayList<>();
    seen.add(Main.sorted(client.getChildren().forPath(root)));
    client.delete().forPath(child);
    Main.until("the container has gone", () -> client.checkExists().forPath(root + "/c") == null);
    Main.until("its time is over", () -> client.checkExists().forPath(root + "/t") == null);
    seen.add(client.getChildren().forPath(root));
    return seen;
  }

  static Object transaction(CuratorFramework client, String root) throws Exception {
    List<Object> seen = new ArrayList<>();
    client.create().forPath(root + "/a", bytes("a"));
    for (CuratorTransactionResult one : client.transaction().forOperations(
        client.transactionOp().check().withVersion(0).forPath(root + "/a"),
        client.transactionOp().create().withMode(CreateMode.EPHEMERAL_SEQUENTIAL)
            .forPath(root + "/s-", bytes("")),
        client.transactionOp().create().withMode(CreateMode.CONTAINER).forPath(root + "/c"),
        client.transactionOp().create().withTtl(100_000)
            .withMode(CreateMode.PERSISTENT_WITH_TTL).forPath(root + "/t"),
        client.transactionOp().setData().forPath(root + "/a", bytes("aa")),
        client.transactionOp().delete().forPath(root + "/t"))) {
      seen.add(Arrays.asList(one.getType().name(), one.getResultPath(), one.getError(),
          Main.fields(one.getResultStat())));
    }
    try {
      client.transaction().forOperations(
          client.transactionOp().create().forPath(root + "/b"),
          client.transactionOp().setData().withVersion(0).forPath(root + "/a", bytes("")),
          client.transactionOp().delete().forPath(root + "/a"));
    } catch (KeeperException error) {
      List<Integer> codes = new ArrayList<>();
      for (OpResult one : error.getResults()) codes.add(((OpResult.ErrorResult) one).getErr());
      seen.add(Arrays.asList(error.code().name(), codes));
    }
    seen.add(Main.sorted(client.getChildren().forPath(root)));
    return seen;
  }

  /** Reads of one request fail each for itself. */
  static Object readsAtOnce(CuratorFramework client, String root) throws Exception {
    client.create().forPath(root + "/a", bytes("a"));
    List<Object> seen = new ArrayList<>();
    for (OpResult one : client.getZookeeperClient().getZooKeeper().multi(List.of(
        Op.getData(root + "/a"), Op.getData(root + "/b"), Op.getChildren(root),
        Op.getChildren(root + "/b")))) {
      if (one instanceof OpResult.GetDataResult) {
        OpResult.GetDataResult result = (OpResult.GetDataResult) one;
        seen.add(List.of(text(result.getData()), Main.fields(result.getStat())));
      } else if (one instanceof OpResult.GetChildrenResult) {
        seen.add(((OpResult.GetChildrenResult) one).getChildren());
      } else {
        seen.add(((OpResult.ErrorResult) one).getErr());
      }
    }
    return seen;
  }

  static Object acl(CuratorFramework client, String root) throws Exception {
    List<Object> seen = new ArrayList<>();
    try (CuratorFramework owner =
        Main.builder().authorization("digest", bytes("me:secret")).build()) {
      owner.start();
      String path = owner.create().withACL(ZooDefs.Ids.CREATOR_ALL_ACL)
          .forPath(root + "/a", bytes("mine"));
      owner.create().forPath(path + "/child");
      Stat stat = new Stat();
      for (ACL one : owner.getACL().storingStatIn(stat).forPath(path)) {
        seen.add(one.getPerms() + " " + one.getId().getScheme() + " " + one.getId().getId());
      }
      seen.add(Main.code(() -> client.getData().forPath(path)));
      seen.add(Main.code(() -> client.setData().forPath(path, bytes(""))));
      seen.add(Main.code(() -> client.delete().forPath(path + "/child")));
      seen.add(Main.code(() -> client.create().forPath(path + "/b")));
      seen.add(Main.code(() -> client.getChildren().forPath(path)));
      seen.add(Main.code(() -> client.getACL().forPath(path)));
      seen.add(Main.code(() -> client.transaction().forOperations(
          client.transactionOp().create().forPath(root + "/c"),
          client.transactionOp().setData().forPath(path, bytes("")))));
      seen.add(Main.code(() -> owner.setACL().withVersion(3)
          .withACL(ZooDefs.Ids.READ_ACL_UNSAFE).forPath(path)));
      seen.add(Main.code(() -> owner.setACL()
          .withACL(List.of(new ACL(31, new Id("digest", "no colon")))).forPath(path)));
      seen.add(Main.fields(owner.setACL().withACL(ZooDefs.Ids.READ_ACL_UNSAFE).forPath(path)));
      seen.add(text(client.getData().forPath(path)));
      seen.add(Main.code(() -> owner.setData().forPath(path, bytes(""))));
    }
    return seen;
  }

  /** What Curator has no calls for. */
  static Object javaClient(CuratorFramework client, String root) throws Exception {
    ZooKeeper zk = Main.connect().getZookeeperClient().getZooKeeper();
    List<Object> seen = new ArrayList<>();
    zk.create(root + "/e", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
    zk.create(root + "/f", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
    zk.create(root + "/f-", null, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    seen.add(Main.sorted(zk.getEphemerals()));
    seen.add(zk.getEphemerals(root + "/f"));
    seen.add(zk.getAllChildrenNumber(root));
    seen.add(Main.code(() -> zk.getAllChildrenNumber(root + "/none")));
    zk.addAuthInfo("digest", bytes("me:secret"));
    List<String> who = new ArrayList<>();
    for (ClientInfo one : zk.whoAmI()) who.add(one.getAuthScheme() + " " + one.getUser());
    seen.add(Main.sorted(who));
    seen.add(text(zk.getConfig(false, new Stat())));
    seen.add(zk.getData(root + "/e", false, null) == null);
    seen.add(zk.getSessionTimeout());
    return seen;
  }

  static byte[] bytes(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes) {
    return bytes == null ? null : new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
  }
}
