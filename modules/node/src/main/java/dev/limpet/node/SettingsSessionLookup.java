package dev.limpet.node;

import dev.limpet.admin.SessionLookup;
import dev.limpet.balancing.affinity.CookieCodec;
import dev.limpet.balancing.affinity.SessionCookie;
import dev.limpet.balancing.affinity.SessionKeys;
import dev.limpet.balancing.request.CookieHeader;
import dev.limpet.model.secret.KeyRing;
import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.settings.Settings;
import dev.limpet.model.state.SessionKey;
import java.util.List;
import java.util.function.Supplier;

/** Finds the key of an id by the affinity rules of the settings. */
final class SettingsSessionLookup implements SessionLookup {

  private final Supplier<Settings> current;
  private final Supplier<KeyRing> cookieKeys;

  SettingsSessionLookup(Supplier<Settings> current, Supplier<KeyRing> cookieKeys) {
    this.current = current;
    this.cookieKeys = cookieKeys;
  }

  @Override
  public SessionKey key(String upstream, String by, String name, String id) {
    Settings settings = current.get();
    Settings.Upstream found = settings.upstreams().get(upstream);
    if (found == null) {
      throw new IllegalArgumentException(
          "upstream: there is no \"%s\", only %s"
              .formatted(upstream, settings.upstreams().keySet()));
    }
    for (AffinityRule rule : found.affinity().rules()) {
      if (wordOf(rule).equals(by)) {
        return switch (rule) {
          case AffinityRule.Cookie cookie -> ofCookie(upstream, CookieHeader.unquoted(id));
          case AffinityRule.Learn learn ->
              new SessionKeys(upstream, by, chosen(learn.cookies(), name))
                  .of(CookieHeader.unquoted(id));
          case AffinityRule.Route route ->
              new SessionKeys(upstream, by, chosen(List.of(), name)).of(CookieHeader.unquoted(id));
          case AffinityRule.Header header ->
              new SessionKeys(upstream, by, chosen(List.of(header.name()), name)).of(id);
          case AffinityRule.Query query ->
              new SessionKeys(upstream, by, chosen(List.of(query.name()), name)).of(id);
          case AffinityRule.SocketIo socketIo ->
              new SessionKeys(upstream, by, chosen(List.of(), name)).of(id);
          case AffinityRule.Ip ip -> new SessionKeys(upstream, by, chosen(List.of(), name)).of(id);
        };
      }
    }
    throw new IllegalArgumentException(
        "by: \"%s\" is no affinity rule of %s; it has %s"
            .formatted(
                by,
                upstream,
                found.affinity().rules().stream().map(SettingsSessionLookup::wordOf).toList()));
  }

  private SessionKey ofCookie(String upstream, String value) {
    SessionCookie cookie = new CookieCodec(cookieKeys.get(), upstream).decode(value);
    if (cookie == null) {
      throw new IllegalArgumentException("id: not a session cookie of upstream " + upstream);
    }
    return cookie.key();
  }

  private static String chosen(List<String> names, String name) {
    if (names.contains(name)) {
      return name;
    }
    if (name.isEmpty() && names.size() <= 1) {
      return names.isEmpty() ? "" : names.getFirst();
    }
    throw new IllegalArgumentException("name: \"%s\" is none of %s".formatted(name, names));
  }

  private static String wordOf(AffinityRule rule) {
    return switch (rule) {
      case AffinityRule.Learn learn -> "learn";
      case AffinityRule.Route route -> "route";
      case AffinityRule.Header header -> "header";
      case AffinityRule.Query query -> "query";
      case AffinityRule.SocketIo socketIo -> "socket-io";
      case AffinityRule.Ip ip -> "ip";
      case AffinityRule.Cookie cookie -> "cookie";
    };
  }
}
