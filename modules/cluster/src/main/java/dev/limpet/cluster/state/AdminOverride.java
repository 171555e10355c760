package dev.limpet.cluster.state;

import dev.limpet.cluster.replicated.Codec;
import dev.limpet.model.settings.AdminState;
import dev.limpet.model.settings.ServerChange.Order;

/** An operator's order as the other nodes get it. */
final class AdminOverride {

  static final Codec<Order> CODEC = new Codec<>(AdminOverride::encode, AdminOverride::decode);

  private AdminOverride() {}

  private static String encode(Order order) {
    return order.state() + " " + order.since();
  }

  private static Order decode(String text) {
    int space = text.indexOf(' ');
    return new Order(
        AdminState.valueOf(text.substring(0, space)), Long.parseLong(text.substring(space + 1)));
  }
}
