package dev.limpet.balancing;

import dev.limpet.model.Action.Rewrite;
import dev.limpet.model.Route;

/** Works out what target a server is asked for. */
public final class Rewrites {

  private Rewrites() {}

  /** The target with its path rewritten and its query as it was. */
  public static String target(Rewrite rewrite, Route route, RequestFacts request) {
    String path =
        switch (rewrite) {
          case Rewrite.Path whole -> Template.fill(whole.to(), route, request);
          case Rewrite.Prefix prefix -> replaced(prefix, request);
        };
    return request.query().isEmpty() ? path : path + request.query();
  }

  private static String replaced(Rewrite.Prefix rewrite, RequestFacts request) {
    String path = request.path();
    if (!path.startsWith(rewrite.prefix())) {
      return request.rawPath();
    }
    String rest = path.substring(rewrite.prefix().length());
    String sent = request.rawPath();
    if (sent.startsWith(rewrite.prefix())) {
      String sentRest = sent.substring(rewrite.prefix().length());
      if (isSame(sentRest, rest, rewrite.prefix().endsWith("/") ? "/" : "")) {
        return joined(rewrite.to(), sentRest);
      }
    }
    return rewrite.to() + Template.escaped(rest);
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
