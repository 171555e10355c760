package dev.limpet.model.settings;

import dev.limpet.model.net.Cidr;
import dev.limpet.model.net.HostPort;
import dev.limpet.model.net.NamePattern;
import dev.limpet.model.secret.KeyRing;
import dev.limpet.model.secret.Secret;
import dev.limpet.model.settings.route.VirtualHost;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Everything a node is told at start, validated. Made by the settings module from HOCON; the names
 * of the components are the keys of {@code reference.conf}, where each is explained.
 */
public record Settings(
    Node node,
    List<Listener> listeners,
    Map<String, Upstream> upstreams,
    List<VirtualHost> hosts,
    Cluster cluster,
    RuntimeChanges changes,
    Optional<Admin> admin,
    Limits limits,
    Log log,
    Optional<AccessLog> accessLog,
    Optional<RequestIds> requestId,
    Optional<Tracing> tracing,
    KubernetesAccess kubernetes) {

  /**
   * @param name the node's name in logs, the API and {@code limpet status}
   * @param zone where it stands; empty where that does not matter
   * @param eventLoops threads that carry traffic, at least 1
   * @param drainDelay how long a stopping node goes on as before, but not ready
   * @param drainTimeout how long it then waits for requests in flight and tunnels
   * @param readyWithoutMajority for how long a node that reaches no majority of the nodes is not
   *     ready; empty: for as long as it lasts
   * @param watchSettings whether the settings file is read again when it changes
   * @param data the folder of what the node keeps over a stop; empty where it keeps nothing
   */
  public record Node(
      String name,
      String zone,
      int eventLoops,
      Duration drainDelay,
      Duration drainTimeout,
      Optional<Duration> readyWithoutMajority,
      boolean watchSettings,
      Optional<Path> data) {}

  /**
   * @param http2 whether clients may speak HTTP/2: by ALPN, or where there is no TLS at once
   * @param proxyProtocol whether every connection begins with a PROXY protocol header
   * @param trustedProxies whose PROXY headers and X-Forwarded-For are believed
   * @param untrustedHeaders those of all others that end here; in lower case
   * @param maxConnections clients connected at one time; further ones wait in the accept queue
   * @param maxConnectionsPerAddress of these, from one client address; 0 for any number
   * @param maxRequests requests on one connection, after which it is closed
   * @param minBodyRate bytes a second of a request's body, on average over the idle timeout; 0 for
   *     none
   * @param halfClose whether a client that has closed its sending side still waits for its answer
   */
  public record Listener(
      String name,
      HostPort bind,
      boolean http2,
      Optional<Tls> tls,
      boolean proxyProtocol,
      List<Cidr> trustedProxies,
      Set<String> untrustedHeaders,
      int maxConnections,
      int maxConnectionsPerAddress,
      int maxRequests,
      int minBodyRate,
      boolean halfClose,
      ClientTimeouts timeouts) {}

  /**
   * @param keepAlive how long a client may be connected without a request under way
   * @param head from the first byte of a request head to its last, and for a TLS handshake
   * @param idle without a byte in either direction while a body is under way
   */
  public record ClientTimeouts(Duration keepAlive, Duration head, Duration idle) {}

  /**
   * @param certificates the first one is for clients that name no host, or none of ours
   * @param ciphers OpenSSL's or IANA's names, best first; empty for the usual ones
   */
  public record Tls(
      List<Certificate> certificates, TlsVersion minVersion, List<String> ciphers, Hsts hsts) {}

  /** Oldest first. */
  public enum TlsVersion {
    TLS1_0("TLSv1"),
    TLS1_1("TLSv1.1"),
    TLS1_2("TLSv1.2"),
    TLS1_3("TLSv1.3");

    private final String protocol;

    TlsVersion(String protocol) {
      this.protocol = protocol;
    }

    /** The name that the Java Security Standard Algorithm Names have for it. */
    public String protocol() {
      return protocol;
    }
  }

  /**
   * PEM files, read again when they change.
   *
   * @param chain the certificate, and those that lead from it to the authority's
   * @param ocspResponse a DER file that is stapled
   */
  public record Certificate(Path chain, Path key, Optional<Path> ocspResponse) {

    /** All of them. */
    public List<Path> files() {
      List<Path> files = new ArrayList<>(List.of(chain, key));
      ocspResponse.ifPresent(files::add);
      return files;
    }
  }

  /**
   * Strict-Transport-Security (RFC 6797).
   *
   * @param maxAge 0 for no such header
   */
  public record Hsts(Duration maxAge, boolean includeSubdomains, boolean preload) {}

  /**
   * @param servers those that are listed, with what was changed of them while nodes run
   * @param discovery empty where the servers are those that are listed
   * @param changed what else was changed of servers then, by their ids
   * @param tls empty where the servers speak plain HTTP
   * @param queueSize requests that may wait at one node while all their servers are full
   * @param queueTimeout how long they may
   * @param maxRequests requests and tunnels under way or waiting at one node; 0 for any number
   */
  public record Upstream(
      String name,
      List<Server> servers,
      Optional<Discovery> discovery,
      Map<ServerId, ServerChange> changed,
      Balancing balancing,
      Affinity affinity,
      HealthChecks health,
      PassiveChecks passive,
      Timeouts timeouts,
      Retries retries,
      Optional<UpstreamTls> tls,
      Set<ForwardedHeaders> forwarded,
      int queueSize,
      Duration queueTimeout,
      int maxRequests) {

    /** The same with other servers. */
    public Upstream with(List<Server> servers, Map<ServerId, ServerChange> changed) {
      return new Upstream(
          name,
          servers,
          discovery,
          changed,
          balancing,
          affinity,
          health,
          passive,
          timeouts,
          retries,
          tls,
          forwarded,
          queueSize,
          queueTimeout,
          maxRequests);
    }
  }

  /** A way to tell a server who the client is. */
  public enum ForwardedHeaders {
    /** X-Forwarded-For, -Proto and -Host. */
    X_FORWARDED,
    /** Forwarded (RFC 7239). */
    FORWARDED
  }

  /**
   * @param verify whether the server's certificate must be valid
   * @param ca PEM file of the authorities that are believed, read again when it changes; empty for
   *     the system's
   * @param serverName asked for by SNI and looked for in the certificate; empty for the host
   * @param identity shown to servers that ask
   */
  public record UpstreamTls(
      boolean verify,
      Optional<Path> ca,
      Optional<String> serverName,
      Optional<Certificate> identity) {

    /** All that it is made of. */
    public List<Path> files() {
      List<Path> files = new ArrayList<>();
      ca.ifPresent(files::add);
      identity.ifPresent(own -> files.addAll(own.files()));
      return files;
    }
  }

  /**
   * The binding of clients to servers.
   *
   * @param rules the first that knows a client says where it belongs; empty: clients are not bound
   * @param replicate whether a placement is written to a majority before the client hears of it
   * @param onFull what a client does whose server is full
   * @param failBack whether a session goes back to its first server when that is up again
   * @param drainDeadline how long a draining server keeps its sessions; zero: until they end
   * @param learnUnknown whether a learned cookie's id is bound that a client shows and no server
   *     has set
   * @param learnUnknownLimit how many such ids of one client address in a minute
   */
  public record Affinity(
      List<AffinityRule> rules,
      Replicate replicate,
      OnFull onFull,
      boolean failBack,
      Duration drainDeadline,
      boolean learnUnknown,
      int learnUnknownLimit) {

    /** The session cookie, if that is one of the rules. */
    public Optional<AffinityRule.Cookie> cookie() {
      return rules.stream()
          .filter(AffinityRule.Cookie.class::isInstance)
          .map(AffinityRule.Cookie.class::cast)
          .findFirst();
    }
  }

  public enum OnFull {
    /** Waits in the queue for its own server. */
    WAIT,
    /** Moves to a server that has room, if there is one. */
    MOVE
  }

  public enum Replicate {
    QUORUM,
    ASYNC
  }

  /**
   * @param connect until the TCP connection stands
   * @param firstByte from the end of the request to the first byte of the response head
   * @param idle without a byte in either direction while a body is under way
   * @param tunnel without a byte in either direction once the connection has been upgraded
   * @param request from the head of the request to the end of the response; 0 for no such limit
   * @param keepAlive how long an idle connection to a server is kept
   */
  public record Timeouts(
      Duration connect,
      Duration firstByte,
      Duration idle,
      Duration tunnel,
      Duration request,
      Duration keepAlive) {}

  /**
   * @param attempts how often a request is sent on new connections to a server that closes them, or
   *     to servers that refuse it, at least 1
   * @param budget retries may add this share to the requests, 0.2 for a fifth
   * @param statuses of answers that are refusals: another server is asked
   * @param holdShortAnswers so long the rest of a short answer is waited for; 0 for not at all
   * @param moveSessions whether for clients that belong to the refusing server, too; who then
   *     answers better has the session
   */
  public record Retries(
      int attempts,
      double budget,
      Set<Integer> statuses,
      Duration holdShortAnswers,
      boolean moveSessions) {}

  /**
   * @param name nodes of another name are refused
   * @param bind where this node listens for the others
   * @param address where they reach it
   * @param peers the addresses of all nodes, this one included; empty with a discovery
   * @param discovery how nodes find one another; empty where peers lists them
   * @param voters how many nodes' votes count at one time, where nodes find one another
   * @param voterTimeout a voter that is gone for so long is replaced
   * @param expect with a discovery, a new cluster takes more than half of so many nodes
   * @param joinTimeout after this long without being Ready, a starting node serves all the same
   * @param maxSessions about how many sessions the table holds; the longest idle go first
   * @param tls empty where nodes trust whoever reaches their ports
   * @param insecure whether the port may do so at addresses that others than this machine reach
   * @param cookieKeys what signs session cookies; empty where the cluster makes its own
   */
  public record Cluster(
      String name,
      HostPort bind,
      HostPort address,
      List<HostPort> peers,
      Optional<NodeDiscovery> discovery,
      int voters,
      Duration voterTimeout,
      int expect,
      Duration joinTimeout,
      int maxSessions,
      Optional<ClusterTls> tls,
      boolean insecure,
      KeyRing cookieKeys) {}

  /**
   * The keeping of changes that are made while nodes run.
   *
   * @param history changes that are kept one by one; what older ones add up to is kept, too
   * @param postgresql empty where the journal is a file in {@code node.data}
   */
  public record RuntimeChanges(int history, Optional<Postgresql> postgresql) {

    /** As they are where nothing is set. */
    public static final RuntimeChanges USUAL = new RuntimeChanges(10_000, Optional.empty());
  }

  /**
   * A database for the journals of all nodes.
   *
   * @param url as JDBC has it
   */
  public record Postgresql(String url, String user, Secret password) {}

  /**
   * TLS between nodes, for both sides of it. PEM files, read again when they change.
   *
   * @param certificate the node's own, and those that lead from it to the authority's
   * @param ca the authorities that make nodes' certificates, and nobody else's
   * @param names of which each node's certificate has one; none where it is for the node's address
   */
  public record ClusterTls(Path certificate, Path key, Path ca, List<NamePattern> names) {

    /** All of them. */
    public List<Path> files() {
      return List.of(certificate, key, ca);
    }
  }

  /**
   * The limits of what a client may send.
   *
   * @param maxHeadSize bytes of a request head
   * @param maxHeaderSize bytes of one header value
   * @param maxHeaderCount header lines of a request
   * @param maxTargetSize bytes of the request target
   * @param maxBodySize bytes of a request body; 0 means any number
   * @param maxStreams requests under way on one HTTP/2 connection
   * @param maxMemory bytes that connections may hold; 0 for what the JVM has room for
   */
  public record Limits(
      int maxHeadSize,
      int maxHeaderSize,
      int maxHeaderCount,
      int maxTargetSize,
      long maxBodySize,
      int maxStreams,
      long maxMemory) {}

  /**
   * @param json one JSON object a line instead of text
   * @param level error, warn, info, debug or trace
   */
  public record Log(boolean json, String level) {}

  /**
   * One line for each request.
   *
   * @param file empty for standard output
   * @param sample the share of requests that are logged, 1 for all
   */
  public record AccessLog(Optional<Path> file, AccessLogFormat format, double sample) {}

  public enum AccessLogFormat {
    /** As Apache and nginx write it, with what Limpet adds behind. */
    COMBINED,
    /** One object a line. */
    JSON
  }
}
