import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.x.discovery.ServiceCache;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.ServiceProvider;
import org.apache.curator.x.discovery.details.ServiceCacheListener;

/** Services that register, are found, and go. */
class Discovery {
  static void scenes(CuratorFramework client) throws Exception {
    Main.scene(client, "discovery", Discovery::discovery);
  }

  static ServiceInstance<String> instance(String id, int port) throws Exception {
    return ServiceInstance.<String>builder().name("service").id(id).address("127.0.0.1").port(port)
        .payload("about " + id).build();
  }

  static ServiceDiscovery<String> open(CuratorFramework client, String root) throws Exception {
    ServiceDiscovery<String> discovery = ServiceDiscoveryBuilder.builder(String.class)
        .client(client).basePath(root).build();
    discovery.start();
    return discovery;
  }

  static Set<String> found(Collection<ServiceInstance<String>> instances) {
    Set<String> found = new TreeSet<>();
    for (ServiceInstance<String> one : instances) {
      found.add(one.getId() + " " + one.getPort() + " " + one.getPayload());
    }
    return found;
  }

  static Object discovery(CuratorFramework client, String root) throws Exception {
    List<Object> seen = new ArrayList<>();
    CuratorFramework host = Main.connect();
    ServiceDiscovery<String> offering = open(host, root), looking = open(client, root);
    offering.registerService(instance("one", 1));
    offering.registerService(instance("two", 2));
    seen.add(looking.queryForNames());
    seen.add(found(looking.queryForInstances("service")));
    seen.add(looking.queryForInstance("service", "none"));
    seen.add(looking.queryForInstances("none").size());

    Main.Log log = new Main.Log();
    ServiceCache<String> cache = looking.serviceCacheBuilder().name("service").build();
    cache.addListener(new ServiceCacheListener() {
      @Override
      public void cacheChanged() {
        log.add("changed");
      }

      @Override
      public void stateChanged(CuratorFramework ignored, ConnectionState state) {}
    });
    cache.start();
    offering.updateService(instance("two", 22));
    Main.until("the cache knows", () -> found(cache.getInstances()).contains("two 22 about two"));
    try (ServiceProvider<String> provider =
        looking.serviceProviderBuilder().serviceName("service").build()) {
      provider.start();
      Set<String> ids = new TreeSet<>();
      for (int i = 0; i < 2; i++) ids.add(provider.getInstance().getId());
      seen.add(ids);
    }
    offering.unregisterService(instance("one", 1));
    Main.until("one has gone", () -> cache.getInstances().size() == 1);
    host.close();
    Main.until("the other has gone", () -> cache.getInstances().isEmpty());
    seen.add(log.until(3).get(0));
    seen.add(looking.queryForInstances("service").size());
    cache.close();
    looking.close();
    return seen;
  }
}
