import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryNTimes;
import org.apache.curator.x.discovery.ServiceCache;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.ServiceProvider;
import org.apache.curator.x.discovery.ServiceType;
import org.apache.curator.x.discovery.UriSpec;

/** Registers services and looks for them, as it is told line by line, and says what it finds. */
public class Services {
  static final ObjectMapper json = new ObjectMapper();
  static final Map<String, ServiceInstance<Object>> registered = new HashMap<>();

  public static void main(String[] arguments) throws Exception {
    CuratorFramework client = CuratorFrameworkFactory.builder()
        .connectString(arguments[arguments.length - 1]).sessionTimeoutMs(10_000)
        .connectionTimeoutMs(10_000).retryPolicy(new RetryNTimes(100, 50)).build();
    client.start();
    client.blockUntilConnected();
    ServiceDiscovery<Object> discovery = ServiceDiscoveryBuilder.builder(Object.class)
        .client(client).basePath("/services").build();
    discovery.start();
    ServiceCache<Object> cache = discovery.serviceCacheBuilder().name("user").build();
    cache.start();
    ServiceProvider<Object> provider =
        discovery.serviceProviderBuilder().serviceName("user").build();
    provider.start();
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = input.readLine()) != null;) {
      String[] words = line.split(" ", 5);
      Object answer = null;
      switch (words[0]) {
        case "register":
          answer = register(discovery, words);
          break;
        case "unregister":
          discovery.unregisterService(registered.get(words[1]));
          break;
        case "names":
          answer = new TreeSet<>(discovery.queryForNames());
          break;
        case "query":
          answer = shown(discovery.queryForInstances("user"));
          break;
        case "cache":
          // Until it has them: "cache one two".
          String wanted = new TreeSet<>(List.of(line.substring(5).trim().split(" +"))).toString();
          for (int i = 0; i < 2000 && !ids(cache.getInstances()).equals(wanted); i++) Thread.sleep(5);
          answer = shown(cache.getInstances());
          break;
        case "provide":
          TreeSet<String> ids = new TreeSet<>();
          for (int i = 0; i < 20; i++) {
            ServiceInstance<Object> instance = provider.getInstance();
            if (instance != null) ids.add(instance.getId() + " " + instance.buildUriSpec());
          }
          answer = ids;
          break;
        case "session":
          answer = List.of(Long.toHexString(client.getZookeeperClient().getZooKeeper().getSessionId()),
              hex(client.getZookeeperClient().getZooKeeper().getSessionPasswd()));
          break;
        default:
          System.exit(0);
      }
      List<Object> said = new ArrayList<>();
      said.add(words[0]);
      said.add(answer);
      System.out.println(json.writeValueAsString(said));
    }
    System.exit(0);
  }

  /** "register id port type payload", the payload in JSON. */
  static Object register(ServiceDiscovery<Object> discovery, String[] words) throws Exception {
    Object payload = json.readValue(words[4], Object.class);
    if (payload instanceof Map) payload = new TreeMap<Object, Object>((Map<?, ?>) payload);
    ServiceInstance<Object> instance = ServiceInstance.<Object>builder().name("user").id(words[1])
        .address("10.0.0.9").port(Integer.parseInt(words[2]))
        .serviceType(ServiceType.valueOf(words[3])).payload(payload)
        .uriSpec(new UriSpec("{scheme}://{address}:{port}")).build();
    registered.put(words[1], instance);
    discovery.registerService(instance);
    return words[1];
  }

  static String ids(Collection<ServiceInstance<Object>> instances) {
    TreeSet<String> ids = new TreeSet<>();
    for (ServiceInstance<Object> one : instances) ids.add(one.getId());
    return ids.toString();
  }

  static Object shown(Collection<ServiceInstance<Object>> instances) {
    TreeMap<String, Object> shown = new TreeMap<>();
    for (ServiceInstance<Object> one : instances) {
      List<Object> fields = new ArrayList<>();
      fields.add(one.getAddress());
      fields.add(one.getPort());
      fields.add(one.getSslPort());
      fields.add(one.getPayload());
      fields.add(one.getServiceType().name());
      fields.add(one.isEnabled());
      shown.put(one.getId(), fields);
    }
    return shown;
  }

  static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte one : bytes) text.append(String.format("%02x", one));
    return text.toString();
  }
}
