package dev.limpet.node.demo;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One process of the demo.
 *
 * @param name as in {@code demo start NAME}
 * @param port where it serves HTTP, on 127.0.0.1
 * @param ports all that it listens on
 * @param probe the URL that answers 200 when it can do its work
 * @param log where its output goes
 */
record Part(
    String name,
    int port,
    List<Integer> ports,
    String probe,
    List<String> command,
    Map<String, String> environment,
    Path log) {

  boolean isNode() {
    return name.startsWith("node-");
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  String url() {
    return "http://" + address();
  }
}
