package dev.limpet.cluster.discovery;

import dev.limpet.model.net.HostPort;
import dev.limpet.model.settings.Discovery;
import dev.limpet.model.state.ServerSource;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.lookup.LookupFailedException;
import org.xbill.DNS.lookup.LookupSession;
import org.xbill.DNS.lookup.NoSuchDomainException;
import org.xbill.DNS.lookup.NoSuchRRSetException;
import org.xbill.DNS.lookup.ServerFailedException;

/**
 * Asks DNS for the servers of one upstream: addresses (A, AAAA) of a host, or the records of a
 * service (SRV, RFC 2782). By UDP, and by TCP where an answer is too long for that. Blocks no
 * thread; a question that is not answered keeps its last answer. An answer without servers is none.
 */
final class DnsLookup implements ServerSource {

  /** Those that answer with a time to live of 0 are not asked without a pause. */
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

  private static final int MAX_WEIGHT = 1000;

  private record Question(Name name, int type) {

    @Override
    public String toString() {
      return name + " " + Type.string(type);
    }
  }

  private final Discovery.Dns settings;
  private final LookupSession session;
  private final Map<Question, List<Record>> last = new ConcurrentHashMap<>();
  private volatile String trouble = "";

  private DnsLookup(Discovery.Dns settings, LookupSession session) {
    this.settings = settings;
    this.session = session;
  }

  static DnsLookup of(Discovery.Dns settings) {
    ResolverConfig system = ResolverConfig.getCurrentConfig();
    List<InetSocketAddress> resolvers =
        settings.resolvers().isEmpty()
            ? system.servers()
            : settings.resolvers().stream()
                .map(at -> new InetSocketAddress(at.host(), at.port()))
                .toList();
    return new DnsLookup(
        settings,
        LookupSession.builder()
            .resolver(
                new ExtendedResolver(resolvers.stream().map(at -> resolver(at, settings)).toList()))
            .ndots(system.ndots())
            .searchPath(system.searchPath())
            .build());
  }

  private static Resolver resolver(InetSocketAddress at, Discovery.Dns settings) {
    Resolver resolver = new SimpleResolver(at);
    resolver.setTimeout(settings.timeout());
    return resolver;
  }

  @Override
  public CompletionStage<Answer> ask() {
    trouble = "";
    Name name = name(settings.name());
    return settings.port().isPresent()
        ? addresses(name)
            .thenApply(records -> answer(records, ofHost(records, settings.port().getAsInt())))
        : service(name);
  }

  private CompletionStage<Answer> service(Name name) {
    return records(new Question(name, Type.SRV))
        .thenCompose(
            records -> {
              List<SRVRecord> services = only(records, SRVRecord.class);
              return all(services, service -> addresses(service.getTarget()))
                  .thenApply(
                      addresses ->
                          answer(
                              Stream.concat(
                                      records.stream(), addresses.stream().flatMap(List::stream))
                                  .toList(),
                              ofService(services, addresses)));
            });
  }

  private CompletionStage<List<Record>> addresses(Name name) {
    return records(new Question(name, Type.A))
        .thenCombine(
            records(new Question(name, Type.AAAA)),
            (v4, v6) -> Stream.concat(v4.stream(), v6.stream()).toList());
  }

  /** The records of a question; if nobody answers, those of the last answer. */
  private CompletionStage<List<Record>> records(Question question) {
    return session
        .lookupAsync(question.name(), question.type())
        .thenApply(result -> List.copyOf(result.getRecords()))
        .exceptionally(
            failure -> {
              if (cause(failure) instanceof NoSuchRRSetException) {
                return List.of();
              }
              trouble = question + ": " + inWords(cause(failure));
              return last.getOrDefault(question, List.of());
            })
        .thenApply(
            records -> {
              last.put(question, records);
              return records;
            });
  }

  private static List<FoundServer> ofHost(List<Record> addresses, int port) {
    return addresses.stream()
        .map(DnsLookup::address)
        .distinct()
        .map(address -> found(new HostPort(address, port), 1, false))
        .toList();
  }

  private static List<FoundServer> ofService(
      List<SRVRecord> services, List<List<Record>> addresses) {
    int best = services.stream().mapToInt(SRVRecord::getPriority).min().orElse(0);
    int heaviest = services.stream().mapToInt(SRVRecord::getWeight).max().orElse(0);
    Map<HostPort, FoundServer> found = new LinkedHashMap<>();
    for (int i = 0; i < services.size(); i++) {
      SRVRecord service = services.get(i);
      int weight =
          heaviest > MAX_WEIGHT ? service.getWeight() * MAX_WEIGHT / heaviest : service.getWeight();
      for (Record address : addresses.get(i)) {
        HostPort at = new HostPort(address(address), service.getPort());
        found.putIfAbsent(at, found(at, Math.max(weight, 1), service.getPriority() > best));
      }
    }
    return List.copyOf(found.values());
  }

  private Answer answer(List<Record> records, List<FoundServer> servers) {
    if (servers.isEmpty() && trouble.isEmpty()) {
      trouble = settings.name() + ": DNS names no servers";
    }
    long seconds = records.stream().mapToLong(Record::getTTL).min().orElse(0);
    Duration timeToLive = Duration.ofSeconds(Math.max(seconds, SHORTEST.toSeconds()));
    return new Answer(
        servers.isEmpty() ? Optional.empty() : Optional.of(servers),
        trouble.isEmpty() ? "" : trouble + "; what DNS said last counts",
        trouble.isEmpty() ? timeToLive : AFTER_FAILURE);
  }

  private static FoundServer found(HostPort address, int weight, boolean backup) {
    return new FoundServer(address, weight, backup, "", Standing.READY);
  }

  /** There is nothing to end: questions time out by themselves. */
  @Override
  public void close() {}

  private static String address(Record record) {
    InetAddress address =
        switch (record) {
          case ARecord v4 -> v4.getAddress();
          case AAAARecord v6 -> v6.getAddress();
          default -> throw new IllegalArgumentException("no address: " + record);
        };
    return address.getHostAddress();
  }

  private static <T> List<T> only(List<Record> records, Class<T> type) {
    return records.stream().filter(type::isInstance).map(type::cast).toList();
  }

  private static <A, B> CompletionStage<List<B>> all(
      List<A> many, Function<A, CompletionStage<B>> work) {
    CompletionStage<List<B>> all = CompletableFuture.completedStage(List.of());
    List<CompletionStage<B>> parts = many.stream().map(work).toList();
    for (CompletionStage<B> part : parts) {
      all =
          all.thenCombine(
              part,
              (before, one) -> {
                List<B> longer = new ArrayList<>(before);
                longer.add(one);
                return longer;
              });
    }
    return all;
  }

  private static String inWords(Throwable failure) {
    return switch (failure) {
      case NoSuchDomainException e -> "there is no such name";
      case ServerFailedException e -> "the name server has failed (SERVFAIL)";
      case LookupFailedException e when e.getCause() != null -> inWords(e.getCause());
      case TimeoutException e -> "no answer in time";
      case PortUnreachableException e -> "no name server listens there";
      default -> failure.getMessage() == null ? "no answer" : "no answer: " + failure.getMessage();
    };
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  private static Name name(String text) {
    try {
      return Name.fromString(text);
    } catch (TextParseException e) {
      throw new IllegalArgumentException("settings let no such name pass: " + text, e);
    }
  }
}
