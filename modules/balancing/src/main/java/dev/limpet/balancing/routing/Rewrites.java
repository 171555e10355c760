package dev.limpet.balancing.routing;

import dev.limpet.balancing.request.RequestFacts;
import dev.limpet.model.settings.route.Action.Rewrite;
import dev.limpet.model.settings.route.Route;

/** Works out what target a server is asked for. */
public final class Rewrites {

  private Rewrites() {}

  /** The target with its path rewritten and its query as it was. */
  public static String target(Rewrite rewrite, Route route, RequestFacts request) {
    String path =
        switch (rewrite) {
          case Rewrite.Path whole -> Template.fill(whole.to(), route, request);
          case Rewrite.Prefix prefix -> replaced(prefix, route.spelling(), request);
        };
    return request.query().isEmpty() ? path : path + request.query();
  }

  /** The target that a server is asked for where nothing is rewritten. */
  public static String path(Route.Spelling spelling, RequestFacts request) {
    return spelling.normalized() ? PathNormalizer.canonical(request.rawPath()) : request.rawPath();
  }

  private static String replaced(
      Rewrite.Prefix rewrite, Route.Spelling spelling, RequestFacts request) {
    String path = request.path();
    String sent = path(spelling, request);
    if (!startsWith(path, rewrite.prefix(), spelling)) {
      return sent;
    }
    String rest = path.substring(rewrite.prefix().length());
    if (startsWith(sent, rewrite.prefix(), spelling)) {
      String sentRest = sent.substring(rewrite.prefix().length());
      if (isSame(sentRest, rest, rewrite.prefix().endsWith("/") ? "/" : "")) {
        return joined(rewrite.to(), sentRest);
      }
    }
    return rewrite.to() + Template.escaped(rest);
  }

  private static boolean startsWith(String path, String prefix, Route.Spelling spelling) {
    return path.regionMatches(spelling.anyCase(), 0, prefix, 0, prefix.length());
  }

  /** Two slashes at the beginning would name a host to whoever resolves the path. */
  private static String joined(String to, String rest) {
    int start = 0;
    while (to.equals("/") && rest.startsWith("/", start)) {
      start++;
    }
    return to + rest.substring(start);
  }

  /**
   * Whether what the client sent means the same behind another prefix, so that it may stay byte for
   * byte. Dot segments that reach into the prefix do not.
   *
   * @param slash what the prefix ends with
   */
  private static boolean isSame(String sent, String normalized, String slash) {
    return sent.equals(normalized)
        || (slash + normalized).equals(PathNormalizer.normalize(slash + sent));
  }
}
