package dev.limpet.cluster.state;

import dev.limpet.cluster.replicated.Codec;

/**
 * The key of what one node says of one server; as text, {@code server|node}.
 *
 * @param server the value of its id
 * @param node the node's unique address
 */
record ServerAtNode(String server, String node) {

  static final Codec<ServerAtNode> CODEC = new Codec<>(ServerAtNode::encode, ServerAtNode::decode);

  private static final char SEPARATOR = '|';

  private String encode() {
    return server + SEPARATOR + node;
  }

  private static ServerAtNode decode(String text) {
    int separator = text.lastIndexOf(SEPARATOR);
    return new ServerAtNode(text.substring(0, separator), text.substring(separator + 1));
  }
}
