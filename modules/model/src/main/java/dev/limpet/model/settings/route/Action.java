package dev.limpet.model.settings.route;

import java.util.List;
import java.util.Optional;

/** The action of a route: what it does with its requests. */
public sealed interface Action {

  /**
   * Send it to a server of one of these upstreams.
   *
   * @param upstreams at least one, and at least one with a weight
   * @param mirror gets copies
   */
  record Forward(List<Share> upstreams, Optional<Rewrite> rewrite, Optional<Mirror> mirror)
      implements Action {}

  /**
   * The upstream that gets copies of requests, whose responses are dropped.
   *
   * @param share of the requests, 1 for all
   * @param maxBody in bytes; requests with a longer body are not copied
   */
  record Mirror(String upstream, double share, int maxBody) {}

  /**
   * An upstream's share of a route's new clients.
   *
   * @param weight beside the others' weights; 0 for none
   */
  record Share(String upstream, int weight) {}

  /**
   * Answer with a Location.
   *
   * @param to may hold {@code {scheme}}, {@code {host}}, {@code {hostname}} (without the port),
   *     {@code {path}}, {@code {query}} (with its question mark), {@code {uri}} (path and query),
   *     {@code {address}} and what the route's regular expression has captured: {@code {1}} or
   *     {@code {name}}
   * @param status 301, 302, 303, 307 or 308
   */
  record Redirect(String to, int status) implements Action {}

  /**
   * Answer with this.
   *
   * @param status 200 to 599
   * @param contentType empty for no such header
   */
  record Respond(int status, String body, String contentType) implements Action {}

  /** Another path for the server. The query stays. */
  sealed interface Rewrite {

    /** Put {@code to} in the place of a path's beginning; other paths stay as they are. */
    record Prefix(String prefix, String to) implements Rewrite {}

    /**
     * Ask for this path.
     *
     * @param to may hold what the route's regular expression has captured
     */
    record Path(String to) implements Rewrite {}
  }
}
