package dev.limpet.e2e.affinity.site;

import dev.limpet.e2e.fixture.Machine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A network namespace for each node (Linux, root), with one link for the cluster and one for
 * clients, backends and operators. A cut is a black hole in a node's routes, so packets are lost
 * without a word, as they are when a cable is out.
 */
final class Namespaces implements Network {

  /** Names end in the process that made them, so a later run finds what a dead one has left. */
  private static final String SPACE = "limpet-";

  private static final String BRIDGE = "lmp";

  private static final Pattern LEFT_SPACE = Pattern.compile(SPACE + "(\\d+)-\\d+");
  private static final Pattern LEFT_BRIDGE = Pattern.compile("\\b" + BRIDGE + "(\\d+)[cf]\\b");

  private record Cut(int from, int to) {}

  private final long run = ProcessHandle.current().pid();
  private final int nodes;

  /** The third number of all addresses. */
  private final int subnet;

  private final List<Cut> cuts = new ArrayList<>();

  private Namespaces(int nodes, int subnet) {
    this.nodes = nodes;
    this.subnet = subnet;
  }

  /**
   * Makes the namespaces.
   *
   * @throws IOException where that cannot be done
   */
  static Namespaces create(int nodes) throws IOException {
    removeLeftovers();
    Namespaces made = new Namespaces(nodes, freeSubnet());
    try {
      made.makeBridge("c");
      made.makeBridge("f");
      Shell.run("ip addr add %s/24 dev %s".formatted(made.backendHost(), made.bridge("f")));
      for (int node = 0; node < nodes; node++) {
        Shell.run("ip netns add " + made.space(node));
        made.in(node, "link set lo up");
        made.join(node, "c", made.clusterAddress(node));
        made.join(node, "f", made.clientAddress(node));
      }
      return made;
    } catch (IOException e) {
      made.close();
      throw e;
    }
  }

  @Override
  public Machine machine(int node, Map<String, String> environment) {
    return new Machine(
        clientAddress(node),
        clusterAddress(node),
        List.of("ip", "netns", "exec", space(node)),
        environment);
  }

  @Override
  public String backendHost() {
    return "198.19." + subnet + ".1";
  }

  @Override
  public boolean canCut() {
    return true;
  }

  @Override
  public synchronized void cut(int from, int to) {
    try {
      in(from, "route add blackhole " + clusterAddress(to));
      cuts.add(new Cut(from, to));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized void heal() {
    try {
      for (Cut cut : cuts) {
        in(cut.from(), "route del blackhole " + clusterAddress(cut.to()));
      }
      cuts.clear();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes the links with it. */
  @Override
  public void close() {
    for (int node = 0; node < nodes; node++) {
      quietly("ip netns del " + space(node));
    }
    quietly("ip link del " + bridge("c"));
    quietly("ip link del " + bridge("f"));
  }

  /** Addresses for measurements between networks (RFC 2544), which nobody has at home. */
  private String clusterAddress(int node) {
    return "198.18." + subnet + "." + (10 + node);
  }

  private String clientAddress(int node) {
    return "198.19." + subnet + "." + (10 + node);
  }

  private String space(int node) {
    return SPACE + run + "-" + node;
  }

  private String bridge(String side) {
    return BRIDGE + run + side;
  }

  private void makeBridge(String side) throws IOException {
    Shell.run("ip link add %s type bridge".formatted(bridge(side)));
    Shell.run("ip link set %s up".formatted(bridge(side)));
  }

  private void join(int node, String side, String address) throws IOException {
    String port = bridge(side) + node;
    Shell.run("ip link add %s type veth peer name %s0 netns %s".formatted(port, side, space(node)));
    Shell.run("ip link set %s master %s up".formatted(port, bridge(side)));
    in(node, "addr add %s/24 dev %s0".formatted(address, side));
    in(node, "link set %s0 up".formatted(side));
  }

  private void in(int node, String command) throws IOException {
    Shell.run("ip -n " + space(node) + " " + command);
  }

  private static void removeLeftovers() throws IOException {
    for (String line : Shell.run("ip netns list").lines().toList()) {
      Matcher space = LEFT_SPACE.matcher(line);
      if (space.lookingAt() && isDead(space.group(1))) {
        for (String pid : Shell.run("ip netns pids " + space.group()).lines().toList()) {
          quietly("kill -9 " + pid);
        }
        quietly("ip netns del " + space.group());
      }
    }
    for (String line : Shell.run("ip -o link show type bridge").lines().toList()) {
      Matcher bridge = LEFT_BRIDGE.matcher(line);
      if (bridge.find() && isDead(bridge.group(1))) {
        quietly("ip link del " + bridge.group());
      }
    }
  }

  private static boolean isDead(String pid) {
    return ProcessHandle.of(Long.parseLong(pid)).isEmpty();
  }

  private static int freeSubnet() throws IOException {
    String routes = Shell.run("ip route");
    int subnet = ThreadLocalRandom.current().nextInt(256);
    for (int tried = 0; tried < 256; tried++) {
      if (!routes.contains("198.18." + subnet + ".")
          && !routes.contains("198.19." + subnet + ".")) {
        return subnet;
      }
      subnet = (subnet + 1) % 256;
    }
    throw new IOException("no addresses left in 198.18.0.0/15");
  }

  private static void quietly(String command) {
    try {
      Shell.run(command);
    } catch (IOException e) {
      // It was not there, or somebody else has removed it.
    }
  }
}
