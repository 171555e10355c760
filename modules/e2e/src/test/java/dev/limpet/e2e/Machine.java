package dev.limpet.e2e;

import java.util.List;
import java.util.Map;

/**
 * Where a node runs: this machine, or what a test has set up to look like another one.
 *
 * @param address where clients and operators reach the node
 * @param clusterAddress where the other nodes reach it
 * @param enter the command before the node's own that starts it there
 * @param environment variables of the node's process
 */
public record Machine(
    String address, String clusterAddress, List<String> enter, Map<String, String> environment) {

  public static final Machine LOCAL = new Machine("127.0.0.1", "127.0.0.1", List.of(), Map.of());
}
