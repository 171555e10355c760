package dev.limpet.settings.block;

import com.typesafe.config.ConfigValue;
import dev.limpet.model.net.Token;
import dev.limpet.model.settings.AffinityRule;
import dev.limpet.model.settings.Settings;
import dev.limpet.settings.hocon.Section;
import dev.limpet.settings.hocon.Values;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads {@code affinity} of an upstream. */
final class AffinityReader {

  /** RFC 6265, section 4.1.1: no controls, no semicolon. */
  private static final Pattern COOKIE_PATH = Pattern.compile("/[ -:<-~]*");

  private static final Pattern COOKIE_DOMAIN = Pattern.compile("[A-Za-z0-9.-]*");

  /** As it stands in a target, where nothing else may end it. */
  private static final Pattern PARAMETER = Pattern.compile("[!$'*+,.0-9:@A-Z_a-z~()%-]+");

  private static final String MIN_TTL = "1s";
  private static final String MAX_TTL = "365d";

  /** The sections, and the words of {@code by}. */
  private enum Kind {
    COOKIE,
    LEARN,
    ROUTE,
    HEADER,
    QUERY,
    SOCKET_IO,
    IP
  }

  private AffinityReader() {}

  static Settings.Affinity read(Section affinity) {
    Set<Kind> seen = EnumSet.noneOf(Kind.class);
    List<Kind> by = affinity.list("by", value -> kind(value, seen));
    // All are read: a mistake in a section is one even while no rule needs it.
    AffinityRule.Cookie cookie = cookie(affinity.section("cookie"));
    AffinityRule.Learn learn = learn(affinity.section("learn"), seen.contains(Kind.LEARN));
    AffinityRule.Route route = route(affinity.section("route"), seen.contains(Kind.ROUTE));
    AffinityRule.Header header = header(affinity.section("header"), seen.contains(Kind.HEADER));
    AffinityRule.Query query = query(affinity.section("query"), seen.contains(Kind.QUERY));
    AffinityRule.SocketIo socketIo =
        new AffinityRule.SocketIo(affinity.section("socket-io").duration("ttl", MIN_TTL, MAX_TTL));
    AffinityRule.Ip ip =
        new AffinityRule.Ip(affinity.section("ip").duration("ttl", MIN_TTL, MAX_TTL));
    List<AffinityRule> rules =
        by.stream()
            .<AffinityRule>map(
                kind ->
                    switch (kind) {
                      case COOKIE -> cookie;
                      case LEARN -> learn;
                      case ROUTE -> route;
                      case HEADER -> header;
                      case QUERY -> query;
                      case SOCKET_IO -> socketIo;
                      case IP -> ip;
                    })
            .toList();
    return new Settings.Affinity(
        rules,
        affinity.choice("replicate", Settings.Replicate.class),
        affinity.choice("on-full", Settings.OnFull.class),
        affinity.onOff("fail-back"),
        affinity.duration("drain-deadline", "0s", "30d"),
        affinity.onOff("learn-unknown"),
        affinity.whole("learn-unknown-limit", 1, 1_000_000));
  }

  private static Kind kind(ConfigValue value, Set<Kind> seen) {
    Kind kind = Values.choice(value, Kind.class);
    if (!seen.add(kind)) {
      throw new IllegalArgumentException("duplicate rule \"" + Values.text(value) + "\"");
    }
    return kind;
  }

  private static AffinityRule.Cookie cookie(Section cookie) {
    AffinityRule.Cookie read =
        new AffinityRule.Cookie(
            cookie.get("name", "", AffinityReader::cookieName),
            cookie.duration("ttl", MIN_TTL, MAX_TTL),
            cookie.get(
                "path", "", v -> Values.matching(v, COOKIE_PATH, "a path that starts with /")),
            cookie.get("domain", "", v -> Values.matching(v, COOKIE_DOMAIN, "a domain name")),
            cookie.choice("same-site", AffinityRule.Cookie.SameSite.class),
            cookie.choice("secure", AffinityRule.Cookie.Secure.class),
            cookie.onOff("http-only"),
            cookie.onOff("pass"),
            cookie.onOff("lasting"));
    if (read.sameSite() == AffinityRule.Cookie.SameSite.NONE
        && read.secure() == AffinityRule.Cookie.Secure.OFF) {
      cookie.reject("secure", "browsers refuse a cookie with same-site = none that is not secure");
    }
    return read;
  }

  private static AffinityRule.Learn learn(Section learn, boolean used) {
    List<String> cookies = learn.list("cookies", AffinityReader::cookieName);
    if (used && learn.none("cookies")) {
      learn.reject(
          "cookies", "at least one cookie is needed, such as cookies = [ \"connect.sid\" ]");
    }
    return new AffinityRule.Learn(cookies, learn.duration("ttl", MIN_TTL, MAX_TTL));
  }

  private static AffinityRule.Route route(Section route, boolean used) {
    List<String> cookies = route.list("cookies", AffinityReader::cookieName);
    List<String> queries = route.list("queries", AffinityReader::parameter);
    if (used && route.none("cookies") && route.none("queries")) {
      route.reject(
          "cookies",
          "at least one cookie or query is needed, such as cookies = [ \"JSESSIONID\" ]");
    }
    return new AffinityRule.Route(cookies, queries, route.duration("ttl", MIN_TTL, MAX_TTL));
  }

  private static AffinityRule.Header header(Section header, boolean used) {
    String name = named(header, used) ? header.get("name", "", AffinityReader::headerName) : "";
    return new AffinityRule.Header(
        name.toLowerCase(Locale.ROOT), header.duration("ttl", MIN_TTL, MAX_TTL));
  }

  private static AffinityRule.Query query(Section query, boolean used) {
    String name = named(query, used) ? query.get("name", "", AffinityReader::parameter) : "";
    return new AffinityRule.Query(name, query.duration("ttl", MIN_TTL, MAX_TTL));
  }

  /** Whether there is a name to read: it has no default, and a rule that is not used needs none. */
  private static boolean named(Section section, boolean used) {
    if (used && !section.has("name")) {
      section.reject("name", "missing; this rule needs it");
    }
    return section.has("name");
  }

  /** RFC 6265, section 4.1.1. */
  static String cookieName(ConfigValue value) {
    return Values.matching(
        value, Token::isToken, "a cookie name: letters, digits and !#$%&'*+-.^_`|~");
  }

  static String headerName(ConfigValue value) {
    return Values.matching(value, Token::isToken, "a header's name");
  }

  static String parameter(ConfigValue value) {
    return Values.matching(value, PARAMETER, "a parameter's name as it stands in a target");
  }
}
