package dev.limpet.admin.door;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaType;
import akka.http.javadsl.model.StatusCodes;
import dev.limpet.admin.http.JsonResponses;
import dev.limpet.model.settings.Admin;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The check of requests that a browser may have sent for somebody else than its user. It sends what
 * any page tells it to: a page's own name may lead here (DNS rebinding), or it may send orders that
 * it need not read the answers of (CSRF). So a request has to be for a host that is ours, from no
 * page of another one, and orders are JSON, which pages cannot send without asking first.
 */
final class CallerCheck {

  /** The longest text of a caller's that is logged. */
  private static final int MAX_SAID = 100;

  private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}([.][0-9]{1,3}){3}");

  /** Pages cannot send these to other sites without asking first. */
  private static final Set<String> JSON =
      Set.of("application/json", "application/merge-patch+json");

  private final Set<String> listed;
  private final Set<String> names;

  /**
   * @param node this one's name, which often is its machine's
   */
  CallerCheck(Admin admin, String node) {
    listed = admin.hosts();
    names = new HashSet<>(listed);
    names.add("localhost");
    names.add(admin.bind().host().toLowerCase(Locale.ROOT));
    names.add(node.toLowerCase(Locale.ROOT));
  }

  /** Why the request is not answered, or null. */
  @Nullable HttpResponse refusal(HttpRequest request) {
    String host = said(request, "host").orElse("");
    // Without one it comes from no browser.
    if (!host.isEmpty() && !isOurs(hostOf(host))) {
      return refuse(
          "\""
              + host
              + "\" is none of this listener's names; admin.hosts lists those that it has beside its addresses");
    }
    Optional<String> origin = said(request, "origin");
    if (origin.isPresent() && !isSame(origin.get(), host)) {
      return refuse(
          "pages of \""
              + origin.get()
              + "\" may not ask this listener; admin.hosts lists those that may");
    }
    return isOrder(request) && !isJson(request)
        ? JsonResponses.error(
            StatusCodes.UNSUPPORTED_MEDIA_TYPE,
            "an order is JSON: send Content-Type: application/json")
        : null;
  }

  /** Whether it is to change something. */
  static boolean isOrder(HttpRequest request) {
    return !request.method().equals(HttpMethods.GET)
        && !request.method().equals(HttpMethods.HEAD)
        && !request.method().equals(HttpMethods.OPTIONS);
  }

  private static boolean isJson(HttpRequest request) {
    boolean nothing = request.entity().isKnownEmpty();
    MediaType type = request.entity().getContentType().mediaType();
    return JSON.contains(type.mainType() + "/" + type.subType())
        || (nothing && request.entity().getContentType().equals(ContentTypes.NO_CONTENT_TYPE));
  }

  /** An address leads nowhere else, whatever DNS says. */
  private boolean isOurs(String host) {
    return listed.contains("*")
        || names.contains(host)
        || host.startsWith("[")
        || IPV4.matcher(host).matches();
  }

  private boolean isSame(String origin, String host) {
    int scheme = origin.indexOf("://");
    String from = scheme < 0 ? "" : origin.substring(scheme + 3).toLowerCase(Locale.ROOT);
    return !from.isEmpty()
        && (from.equals(host.toLowerCase(Locale.ROOT)) || listed.contains(hostOf(from)));
  }

  /** Without its port, in lower case; IPv6 in its brackets. */
  private static String hostOf(String authority) {
    String host = authority.toLowerCase(Locale.ROOT);
    int colon = host.lastIndexOf(':');
    return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
  }

  /** A header's value as somebody may have made it up, fit for the log. */
  static Optional<String> said(HttpRequest request, String name) {
    return request.getHeader(name).map(HttpHeader::value).map(CallerCheck::printable);
  }

  /** Callers choose what is in it. */
  private static String printable(String text) {
    StringBuilder clean = new StringBuilder();
    for (int i = 0; i < text.length() && i < MAX_SAID; i++) {
      char c = text.charAt(i);
      clean.append(c >= ' ' && c < 0x7f && c != '"' ? c : '?');
    }
    return clean.toString();
  }

  private static HttpResponse refuse(String why) {
    return JsonResponses.error(StatusCodes.FORBIDDEN, why);
  }
}
