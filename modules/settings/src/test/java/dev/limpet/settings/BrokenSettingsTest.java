package dev.limpet.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.limpet.settings.hocon.InvalidSettings;
import dev.limpet.settings.hocon.Problem;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said about mistakes, and which line is blamed. */
class BrokenSettingsTest {

  /** Line 1; what a case adds starts on line 2. */
  private static final String VALID =
      "limpet { listeners = [{ name = http, bind = \"h:80\" }],"
          + " upstreams.nodejs.servers = [{ address = \"b:1\" }],"
          + " hosts = [{ routes = [{ path = \"/\", upstream = nodejs }] }] }\n";

  private static List<Problem> problemsOf(String text) {
    InvalidSettings invalid =
        catchThrowableOfType(InvalidSettings.class, () -> SettingsReader.parse(text, "x.conf"));
    assertThat(invalid).as(text).isNotNull();
    return invalid.problems();
  }

  @Test
  void fiveMistakesAreFiveProblemsEachWithItsLine() {
    String text =
        """
        limpet {
          listeners = [
            { name = http, bind = "0.0.0.0" }
          ]
          upstreams {
            nodejs {
              servers = [ { address = "127.0.0.1:3001", weight = heavy } ]
              helth { path = "/" }
              timeouts {
                connect = 2
              }
            }
          }
          hosts = [
            { routes = [ { path = "/", upstream = nodesj } ] }
          ]
        }
        """;
    assertThat(problemsOf(text))
        .extracting(Problem::toString)
        .containsExactly(
            "x.conf:3: limpet.listeners[0].bind: \"0.0.0.0\" is not host:port",
            "x.conf:7: limpet.upstreams.nodejs.servers[0].weight:"
                + " expected a whole number, not \"heavy\"",
            "x.conf:8: limpet.upstreams.nodejs.helth: unknown key; did you mean \"health\"?",
            "x.conf:10: limpet.upstreams.nodejs.timeouts.connect:"
                + " 2 has no unit: write 2s or 2ms",
            "x.conf:15: limpet.hosts[0].routes[0].upstream:"
                + " there is no upstream \"nodesj\"; did you mean \"nodejs\"?");
  }

  @Test
  void twoHostsLeftAtTheDefaultNameAreDuplicates() {
    String host = "{ routes = [{ path = \"/\", upstream = nodejs }] }";
    assertThat(problemsOf(VALID + "limpet.hosts = [" + host + ",\n" + host + "]"))
        .extracting(Problem::toString)
        .containsExactly(
            "x.conf:3: limpet.hosts[1].names[0]: duplicate host \"*\" on listener \"http\"");
  }

  @Test
  void messageHasALineForEveryProblem() {
    InvalidSettings invalid =
        catchThrowableOfType(
            InvalidSettings.class,
            () -> SettingsReader.parse("limpet {\n nod {}\n lgo {}\n}", "x.conf"));
    assertThat(invalid).isNotNull();
    assertThat(String.valueOf(invalid.getMessage())).hasLineCount(invalid.problems().size());
    assertThat(invalid).hasMessageContaining("x.conf:2: limpet.nod: ");
  }

  /** Each case is the only mistake of its file. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = " => ",
      quoteCharacter = '\0',
      value = {
        "limpet.nodes {} => limpet.nodes: unknown key; did you mean \"node\"?",
        "limpet.zzzzzzzz = 1 => unknown key; the keys here are: access-log, admin, changes, cluster",
        "limpet.defaults.server.weight = 2 => limpet.defaults: unknown key",
        "limpet.node.nmae = a => limpet.node.nmae: unknown key; did you mean \"name\"?",
        "limpet.node = edge => limpet.node: expected a section { }, not \"edge\"",
        "limpet.node.name = \"a b\" => \"a b\" is not a name",
        "limpet.node.event-loops = 2.5 => expected a whole number, not 2.5",
        "limpet.node.event-loops = -1 => -1 is out of range: it must be between 0 and 1024",
        "limpet.node.drain-timeout = 2 parsecs => expected a duration such as 5s or 500ms, not",
        "limpet.node.drain-timeout = 2h => 2h is out of range: it must be between 0s and 1h",
        "limpet.node.drain-timeout = [1] => expected a duration such as 5s or 500ms, not a list",
        "limpet.limits.max-header-size = 16q => expected a size such as 16k or 1M, not \"16q\"",
        "limpet.limits.max-header-size = 2M => 2M is out of range: it must be between 256 and",
        "limpet.limits.max-body-size = -1 => expected a size such as 16k or 1M, not -1",
        "limpet.log.level = wran => one of error, warn, info, debug, trace, not \"wran\";"
            + " did you mean \"warn\"?",
        "limpet.log.format = xml => limpet.log.format: expected one of",
        "limpet.admin.bind = \"h:99999\" => port 99999 is not between 0 and 65535",
        "limpet.admin { insecure = on, bind = \"h:80\" } => \"h:80\" is already taken by listener \"http\"",
        "limpet.admin.bind = \"0.0.0.0:9080\" => limpet.admin.bind: \"0.0.0.0:9080\" can be reached from"
            + " other machines, and whoever reaches it could change servers and settings; name the tokens",
        "limpet.admin { bind = \"10.0.0.1:9080\", allow = [ \"10.0.0.0/8\" ] } => limpet.admin.bind:",
        "limpet.admin.allow = [ internal ] => limpet.admin.allow[0]: \"internal\" is neither an IP address",
        "limpet.admin.tokens = [ { name = ops, role = read, hash = \"5f4dcc3b5aa765d61d8327deb882cf99\" } ] =>"
            + " limpet.admin.tokens[0].hash: expected the hash of a token",
        "limpet.admin.tokens = [ { name = ops, role = read, hash = limpet_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA } ] => limpet.admin.tokens[0].hash:"
            + " this is the token itself",
        "limpet.admin.tokens = [ { name = ops, role = root, hash = \"sha256:0000000000000000000000000000000000000000000000000000000000000000\" } ] => limpet.admin.tokens[0].role:"
            + " expected one of read, write, admin",
        "limpet.admin.tokens = [ { name = \"o p\", role = read, hash = \"sha256:0000000000000000000000000000000000000000000000000000000000000000\" } ] =>"
            + " limpet.admin.tokens[0].name: expected a name",
        "limpet.admin.tokens = [ { name = a, role = read, hash = \"sha256:0000000000000000000000000000000000000000000000000000000000000000\" },"
            + " { name = a, role = admin, hash = \"sha256:0000000000000000000000000000000000000000000000000000000000000000\" } ] => limpet.admin.tokens[1].name: another token",
        "limpet.admin.tokens-file = \"/no/such\" => limpet.admin.tokens-file: there is no file /no/such",
        "limpet.admin = maybe => limpet.admin: expected a section { }, not \"maybe\"",
        "limpet.cluster.bind = \"::1:1\" => an IPv6 host needs brackets",
        "limpet.cluster.bind = \"a b:1\" => \"a b\" is neither a host name nor an IP address",
        "limpet.cluster.peers = a => limpet.cluster.peers: \"a\" is not host:port",
        "limpet.cluster.cookie-keys = [ \"file:/no/such\" ] => there is no file /no/such",
        "limpet.cluster.cookie-keys = [ \"env:LIMPET_NO_KEY\" ] => the environment has no LIMPET_NO_KEY",
        "limpet.cluster.cookie-keys = [ \"c2VjcmV0\" ] => [0]: expected \"file:<path>\" or \"env:<name>\": where",
        "limpet.cluster.peers = [\"a:1\", \"b:1\"] => \"127.0.0.1:25520\", is not among the peers",
        "limpet.cluster.bind = \"10.0.0.1:1\" => limpet.cluster.bind: \"10.0.0.1:1\" can be reached from"
            + " other machines, and without cluster.tls",
        "limpet.cluster.name = \"a.b\" => \"a.b\" is not a cluster's name",
        "limpet.cluster { insecure = on, bind = \"a:1\", peers = [\"a:1\", \"a:1\"] } => limpet.cluster.peers[1]:"
            + " duplicate peer \"a:1\"",
        "limpet.cluster { address = \"b:1\", peers = [\"a:1\", \"c:1\", \"d:1\"] } => this node's own cluster.address,"
            + " \"b:1\", is not among the peers",
        "limpet.cluster.address = \"0.0.0.0:25520\" => limpet.cluster.address: \"0.0.0.0:25520\" is no address that",
        "limpet.cluster.address = \"http://a\" => limpet.cluster.address: \"http://a\" is a URL",
        "limpet.cluster.address = 25520 => limpet.cluster.address: \"25520\" names no host",
        "limpet.cluster { peers = [\"127.0.0.1:25520\"], discovery.dns { name = n, port = 1 } } =>"
            + " limpet.cluster.peers: cluster.discovery finds the nodes",
        "limpet.cluster.discovery {} => limpet.cluster.discovery: by what? Set dns or kubernetes",
        "limpet.cluster { address = \"a:1\", discovery { dns { name = n, port = 1 }, kubernetes { service = s } } } =>"
            + " limpet.cluster.discovery: dns and kubernetes: nodes find one another by one of them",
        "limpet.cluster.discovery.dns {} => limpet.cluster.discovery.dns.name: missing",
        "limpet.cluster.discovery.dns.name = \"a b\" => limpet.cluster.discovery.dns.name: expected a domain name",
        "limpet.cluster.discovery.kubernetes.service = s => limpet.cluster.address: missing; with"
            + " discovery.kubernetes",
        "limpet.cluster { address = a, discovery.kubernetes.service = \"S.b\" } =>"
            + " limpet.cluster.discovery.kubernetes.service: expected a name of Kubernetes",
        "limpet.cluster { insecure = on, bind = \"0.0.0.0:1\", discovery.dns { name = n, port = 1 } } =>"
            + " limpet.cluster.bind: \"0.0.0.0:1\" does not say where the other nodes reach this one",
        "limpet.cluster.voters = 4 => limpet.cluster.voters: expected one of 3, 5",
        "limpet.cluster.expect = 3 => limpet.cluster.expect: only goes with cluster.discovery",
        "limpet.cluster { expect = 0, discovery.dns { name = n, port = 1 } } => 0 is out of range",
        "limpet.cluster.voter-timeout = 1s => 1s is out of range",
        "limpet.kubernetes.api = \"10.96.0.1:443\" => limpet.kubernetes.api: expected an address such as"
            + " \"https://10.96.0.1:443\"",
        "limpet.kubernetes.api = \"https://a/api\" => limpet.kubernetes.api: expected an address such as",
        "limpet.kubernetes.api = \"http://10.96.0.1\" => \"http://10.96.0.1\" is not https: the service"
            + " account's token would be sent in the clear",
        "limpet.listeners = [] => limpet.listeners: at least one listener is needed",
        "limpet.listeners = [{ name = a }] => limpet.listeners[0].bind: missing",
        "limpet.listeners = [{ bind = \"h:1\" }] => limpet.listeners[0].name: missing",
        "limpet.listeners = [5] => limpet.listeners[0]: expected a section { }, not 5",
        "limpet.listeners = [{ name = a, bind = \"h:1\" }, { name = a, bind = \"h:2\" }]"
            + " => limpet.listeners[1].name: duplicate listener \"a\"",
        "limpet.hosts = [] => limpet.hosts: at least one host is needed",
        "limpet.hosts = [{ names = [a] }] => limpet.hosts[0].routes: at least one route is needed",
      })
  void oneMistakeIsOneProblemOnItsLine(String snippet, String message) {
    List<Problem> problems = problemsOf(VALID + "\n" + snippet);
    assertThat(problems).singleElement().asString().startsWith("x.conf:3: ").contains(message);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = " => ",
      quoteCharacter = '\0',
      value = {
        "servers = [] => servers: at least one server is needed",
        "servers = [{ weight = 2 }] => servers[0].address: missing; this key is required",
        "servers = [{ address = \"h:0\" }] => port 0 is not between 1 and 65535",
        "servers = [{ address = \"h:1\", wieght = 2 }] => did you mean \"weight\"?",
        "servers = [{ address = \"h:1\", weight = 0 }] => must be between 1 and 1000",
        "servers = [{ address = \"h:1\" }, { address = \"h:1\" }] => servers[1].address:"
            + " duplicate server \"h:1\"",
        "servers = [{ address = \"h:1\", id = a }, { address = \"h:2\", id = a }]"
            + " => servers[1].id: duplicate server \"a\"",
        "discovery.dns { port = 80 } => discovery.dns.name: missing; this key is required",
        "discovery.dns { name = \"a b\" } => discovery.dns.name: expected a domain name",
        "discovery.dns { name = a, port = 0 } => discovery.dns.port: 0 is out of range",
        "discovery.dns { name = a, resolvers = [ \"10.0.0.1\" ] } => dns.resolvers[0]: \"10.0.0.1\" is not host:port",
        "discovery.dsn { name = a } => discovery.dsn: unknown key; did you mean \"dns\"?",
        "discovery.kubernetes { port = http } => discovery.kubernetes.service: missing; service or"
            + " selector is required",
        "discovery.kubernetes { service = a, selector = \"a=b\" } => discovery.kubernetes.selector:"
            + " there is service already; give one of the two",
        "discovery { dns { name = a }, kubernetes { service = a } } => discovery.kubernetes: there is"
            + " dns already; an upstream has one of the two",
        "discovery.kubernetes { service = App } => kubernetes.service: expected a name of Kubernetes",
        "discovery.kubernetes { selector = \"\" } => kubernetes.selector: expected a label selector",
        "discovery.kubernetes { service = a, namespace = \"a/b\" } => kubernetes.namespace: expected a name of Kubernetes",
        "discovery.kubernetes { service = a, port = 0 } => kubernetes.port: 0 is out of range",
        "discovery.kubernetes { service = a, port = 70000 } => kubernetes.port: 70000 is out of range",
        "discovery.kubernetes { service = a, port = \"a b\" } => kubernetes.port: expected a port",
        "balance = least-conections => one of round-robin, least-connections, least-time, random-two,"
            + " ip-hash, not \"least-conections\"; did you mean \"least-connections\"?",
        "balance = hash => balance: expected { hash = <what> } with \"header:<name>\", \"cookie:<name>\"",
        "balance { hash = \"body:x\" } => \"path\" or \"address\", not \"body:x\"",
        "balance { hash = \"header:x y\" } => expected a header's name, not \"x y\"",
        "balance { hash = path, least-time = header } => expected one of least-time, random-two,"
            + " hash in a section, not hash, least-time",
        "balance { least-time = first } => expected one of header, last-byte, not \"first\"",
        "balance { random-two = least } => one of connections, header, last-byte, not \"least\"",
        "panic-threshold = 0.5 => expected a percentage such as 20%",
        "servers = [{ address = \"h:1\", backup = overflows }] => expected one of off, on, failure,"
            + " overflow, not \"overflows\"; did you mean \"overflow\"?",
        "servers = [{ address = \"h:1\", backup = overflow }] => servers: all of them are backups",
        "servers = [{ address = \"h:1\", backup = on }] => servers: all of them are backups",
        "servers = [{ address = \"h:1\", slow-start = 2h }] => 2h is out of range",
        "servers = [{ address = \"h:1\", zone = \"a b\" }] => \"a b\" is not a name",
        "affinity.by = [cookies] => affinity.by[0]: expected one of cookie, learn, route, header,"
            + " query, socket-io, ip, not \"cookies\"; did you mean \"cookie\"?",
        "affinity.by = [learn, ip, learn] => affinity.by[2]: duplicate rule \"learn\"",
        "affinity { by = [learn], learn.cookies = [] } => learn.cookies: at least one cookie is",
        "affinity.learn.cookies = [\"a;b\"] => learn.cookies[0]: expected a cookie name",
        "affinity.learn.ttl = 0s => 0s is out of range: it must be between 1s and 365d",
        "affinity.by = [route] => affinity.route.cookies: at least one cookie or query is needed",
        "affinity.route.queries = [\"a=b\"] => route.queries[0]: expected a parameter's name",
        "affinity.by = [header] => affinity.header.name: missing; this rule needs it",
        "affinity.header.name = \"x user\" => header.name: expected a header's name, not \"x user\"",
        "affinity.by = [query] => affinity.query.name: missing; this rule needs it",
        "affinity.query.name = \"a&b\" => query.name: expected a parameter's name",
        "affinity.socket-io.ttl = 366d => 366d is out of range",
        "affinity.ip.tll = 1s => affinity.ip.tll: unknown key; did you mean \"ttl\"?",
        "affinity.on-full = queue => affinity.on-full: expected one of wait, move, not \"queue\"",
        "affinity.learn-unknown = 3 => affinity.learn-unknown: expected on or off",
        "affinity.learn-unknown-limit = 0 => affinity.learn-unknown-limit: 0 is out of range",
        "affinity.fail-back = maybe => affinity.fail-back: expected on or off",
        "affinity.replicate = sync => did you mean \"async\"?",
        "affinity.cookie.name = \"a;b\" => expected a cookie name",
        "affinity.cookie.ttl = 1y => expected a duration",
        "affinity.cookie.path = x => expected a path that starts with /, not \"x\"",
        "affinity.cookie.domain = \"a;b\" => expected a domain name",
        "affinity.cookie.same-site = laxx => did you mean \"lax\"?",
        "affinity.cookie.secure = sometimes => expected one of auto, on, off",
        "affinity.cookie { same-site = none, secure = off } => cookie.secure: browsers refuse",
        "servers = [{ address = \"[fd00::1]:1\" }, { address = \"[FD00:0::1]:1\" }] =>"
            + " servers[1].address: duplicate server \"[fd00::1]:1\"",
        "servers = [{ address = \"[fd00::g]:1\" }] => \"fd00::g\" is not an IPv6 address",
        "affinity.cookie.http-only = 7 => expected on or off, not 7",
        "retries.move-sessions = 7 => expected on or off, not 7",
        "affinity.cookie.lasting = 7 => expected on or off, not 7",
        "affinity.cookie.pass = 7 => expected on or off, not 7",
        "health.fails = 0 => 0 is out of range: it must be between 1 and 100",
        "health.path = status => expected a path that starts with /",
        "health.match.status = 2xx => expected statuses such as 204",
        "health.match.status = \"200,\" => expected statuses such as 204",
        "health.match.status = 399-200 => ascending range within 100-599",
        "health.match.headers { \"a b\" = x } => match.headers.\"a b\": expected a header's name",
        "health.match.headers.etag = \"~\" => headers.etag: expected \"~ regex\", \"!~ regex\"",
        "health.match.headers.etag = \"~ [a\" => bad regular expression \"[a\": missing closing ]",
        "health.match.body = Hello => match.body: expected \"~ regex\" or \"!~ regex\", not",
        "health.match.boddy = x => did you mean \"body\"?",
        "health.method = \"GET /\" => health.method: expected a method such as GET",
        "health.host = \"a/b\" => health.host: expected a host such as app.internal",
        "health.headers.Host = a => the Host header has a key of its own: host",
        "health.headers.connection = close => headers.connection: a check sets this header itself",
        "health.headers.x { y = 1 } => health.headers.x: expected a header's value",
        "health.port = 0 => 0 is out of range: it must be between 1 and 65535",
        "health.type = ping => expected one of http, tcp, tls, not \"ping\"",
        "health { type = tcp, path = \"/\" } => path: only checks of type http have this, not tcp",
        "health.expect = PONG => health.expect: only checks of type tcp have this, not http",
        "health { type = tcp, expect = \"\" } => expected \"~ regex\" or text that the answer holds",
        "health.initial = checking => expected one of up, down, check, not \"checking\"",
        "health.checks = [] => health.checks: at least one check is needed",
        "health { path = \"/a\", checks = [ {} ] } => path: beside checks, each of them has its own",
        "health.checks = [ { observers = 2 } ] => checks[0].observers: unknown key",
        "health.checks = [ {}, { fails = 0 } ] => health.checks[1].fails: 0 is out of range",
        "timeouts.first-bite = 1s => did you mean \"first-byte\"?",
        "retries.attempts = 11 => 11 is out of range",
      })
  void mistakesInAnUpstream(String snippet, String message) {
    assertThat(problemsOf(VALID + "\nlimpet.upstreams.nodejs {\n" + snippet + "\n}"))
        .singleElement()
        .asString()
        .startsWith("x.conf:4: limpet.upstreams.nodejs.")
        .contains(message);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = " => ",
      quoteCharacter = '\0',
      value = {
        "path = \"/a\" => hosts[0].routes[0]: a route needs upstream = <name>, redirect",
        "path = \"/a\", upstream = nodejs, redirect { to = \"/b\" } => not both",
        "path = \"/a\", upstream = nods => no upstream \"nods\"; did you mean \"nodejs\"?",
        "upstream = nodejs => hosts[0].routes[0].path: missing",
        "path = a, upstream = nodejs => expected \"/path\", \"= /path\"",
        "path = \"/a?b=c\", upstream = nodejs => a path has no blanks and no query",
        "path = \"~ [a\", upstream = nodejs => bad regular expression \"[a\": missing closing ]",
        "path = \"~\", upstream = nodejs => the regular expression is empty",
        "path = \"/a\", upstream = nodejs, path-forwarding = raw => path-forwarding: expected",
        "path = \"~ ^/(?!admin)\", upstream = nodejs => look-ahead, (?!…), is not supported",
        "path = \"~ (?<=a)b\", upstream = nodejs => look-behind, (?<=…), is not supported",
        "path = \"~ (?>a)\", upstream = nodejs => an atomic group, (?>…), is not supported",
        "path = \"~ (a)\\\\1\", upstream = nodejs => the back reference \\1 is not supported",
        "path = \"~ a*+b\", upstream = nodejs => the possessive *+ is not supported",
        "path = \"~ [a-z&&[^b]]\", upstream = nodejs => && in a class is not supported",
        "path = \"~ [a[b]]\", upstream = nodejs => a class in a class is not supported",
        "path = \"~ ((a{100}){100}){100}\", upstream = nodejs => it is too large",
        "path = \"/\", query { q = \"~ (?=a)\" }, upstream = nodejs => query.q: bad regular expression \"(?=a)\"",
        "path = \"/a\", redirect { status = 302 } => redirect.to: missing",
        "path = \"/a\", redirect { to = \"/b\", status = 200 } => 301, 302, 303, 307 or 308, not 200",
        "path = \"/a\", redirect { to = \"b\" } => expected a path or an http:// or https://",
        "path = \"/a\", upstream = nodejs, respond { body = x } => not both upstream and respond",
        "path = \"/a\", respond { status = 100 } => 100 is out of range: it must be between 200 and",
        "path = \"/a\", respond { status = 204, body = x } => a response with status 204 has no body",
        "path = \"/a\", respond { content-type = \"a\\nb\" } => content-type: expected a media type",
        "path = \"/a\", upstream = nodejs, methods = [ get ] => methods[0]: expected a method such as",
        "path = \"/a\", upstream = nodejs, headers { \"x y\" = on } => expected a header's name, not",
        "path = \"/a\", upstream = nodejs, headers { x = \"~ (\" } => headers.x: bad regular expression",
        "path = \"/a\", upstream = nodejs, query { \"a=b\" = 1 } => expected a parameter's name, not",
        "path = \"/a\", upstream = nodejs, rewrite {} => a rewrite has either a path, or a prefix",
        "path = \"/a\", upstream = nodejs, rewrite { path = \"/b\", to = \"/\" } => has either a path,",
        "path = \"/a\", upstream = nodejs, rewrite { path = \"/b?c\" } => a path without blanks and",
        "path = \"/a\", upstream = nodejs, rewrite { path = \"/{1}\" } => no regular expression with",
        "path = \"~ (a)\", upstream = nodejs, rewrite { path = \"/{2}\" } => placeholder \"{2}\"",
        "path = \"/a\", upstream = nodejs, rewrite { prefix = \"/a\", to = \"/\" } => must both end with",
        "path = \"/a\", upstream = nodejs, rewrite { prefix = \"/a\" } => rewrite.to: missing",
        "path = \"/a\", redirect { to = \"/b\" }, rewrite { path = \"/c\" } => only requests for an",
        "path = \"/a\", upstream = nodejs, mirror { share = 5% } => mirror.upstream: missing",
        "path = \"/a\", upstream = nodejs, mirror { upstream = nodjs } => there is no upstream \"nodjs\"",
        "path = \"/a\", upstream = nodejs, mirror { upstream = nodejs, max-body = 2M } => 2M is out of range",
        "path = \"/a\", redirect { to = \"/b\" }, mirror { upstream = nodejs } => only requests for an",
        "path = \"/a\", upstream = [] => at least one upstream with a weight above 0 is needed",
        "path = \"/a\", upstream = [ { name = nodejs, weight = 0 } ] => a weight above 0 is needed",
        "path = \"/a\", upstream = [ { name = nodjs } ] => upstream[0].name: there is no upstream",
        "path = \"/a\", upstream = [ { name = nodejs }, { name = nodejs } ] => duplicate upstream",
        "path = \"/a\", upstream = nodejs, request-headers.set.Connection = a => \"Connection\" is Limpet's",
        "path = \"/a\", upstream = nodejs, request-headers.add.Host = a => \"Host\" can only be set",
        "path = \"/a\", upstream = nodejs, request-headers.remove = [ Content-Length ] => Limpet's own",
        "path = \"/a\", upstream = nodejs, response-headers.set.Host = a => \"Host\" can only be set",
        "path = \"/a\", upstream = nodejs, response-headers.set.date = a => \"date\" is Limpet's own",
        "path = \"/a\", upstream = nodejs, response-headers.set.\"a b\" = a => a header's name, not",
        "path = \"/a\", upstream = nodejs, response-headers.set.x = \"a\\r\\nb\" => one line of printable",
        "path = \"/a\", upstream = nodejs, response-headers.set.x = \"{hots}\" => did you mean \"host\"?",
        "path = \"/a\", upstream = nodejs, methods = [ GET ] }, { path = \"/a\", upstream = nodejs,"
            + " methods = [ GET ] => routes[1].path: duplicate path",
        "path = \"/a\", upstream = nodejs, methods = [ GET ] }, { path = \"^~ /a\", upstream = nodejs"
            + " => routes[1].path: \"^~ /a\": mark all routes of a path with ^~, or none",
        "path = \"/a\", redirect { to = \"/{ur}\" } => \"{ur}\"; did you mean \"uri\"?",
        "path = \"/a\", upstream = nodejs }, { path = \"^~ /a\", upstream = nodejs"
            + " => routes[1].path: duplicate path",
      })
  void mistakesInARoute(String snippet, String message) {
    assertThat(problemsOf(VALID + "limpet.hosts = [{ routes = [\n{ " + snippet + " }] }]"))
        .singleElement()
        .asString()
        .startsWith("x.conf:3: limpet.hosts[0].routes[")
        .contains(message);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = " => ",
      quoteCharacter = '\0',
      value = {
        "names = [] => hosts[0].names: at least one name is needed",
        "names = [\"a:80\"] => names[0]: expected a host name without a port",
        "names = [\"a.*\"] => names[0]: expected a host name",
        "names = [a, A] => names[1]: duplicate host \"a\" on listener \"http\"",
        "listeners = [htpp] => there is no listener \"htpp\"; did you mean \"http\"?",
        "rotes = [] => hosts[0].rotes: unknown key; did you mean \"routes\"?",
      })
  void mistakesInAHost(String snippet, String message) {
    String routes = "routes = [{ path = \"/\", upstream = nodejs }]";
    assertThat(problemsOf(VALID + "limpet.hosts = [{\n" + snippet + "\n" + routes + " }]"))
        .singleElement()
        .asString()
        .startsWith("x.conf:3: limpet.hosts[0].")
        .contains(message);
  }
}
