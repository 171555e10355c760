package dev.limpet.e2e.affinity.site;

import dev.limpet.e2e.fixture.Machine;
import java.util.List;
import java.util.Map;

/** Where the nodes of a run are, and who of them can talk to whom. */
public sealed interface Network extends AutoCloseable permits Namespaces, Network.Loopback {

  /**
   * @param node from 0
   */
  Machine machine(int node, Map<String, String> environment);

  /** Where the nodes reach the backends. */
  String backendHost();

  boolean canCut();

  /** What node {@code from} sends to node {@code to} is lost from now on. */
  void cut(int from, int to);

  void heal();

  @Override
  void close();

  /** All on this machine's loopback address, where nothing can be cut. */
  record Loopback() implements Network {

    @Override
    public Machine machine(int node, Map<String, String> environment) {
      return new Machine("127.0.0.1", "127.0.0.1", List.of(), environment);
    }

    @Override
    public String backendHost() {
      return "127.0.0.1";
    }

    @Override
    public boolean canCut() {
      return false;
    }

    @Override
    public void cut(int from, int to) {
      throw new UnsupportedOperationException("the loopback network cannot be cut");
    }

    @Override
    public void heal() {}

    @Override
    public void close() {}
  }
}
