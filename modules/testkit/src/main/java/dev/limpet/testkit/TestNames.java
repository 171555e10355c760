package dev.limpet.testkit;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Names that this JVM knows beside the system's. It remembers them: a test takes names of its own.
 * The first provider on the class path is taken, so a module that has another one names this one in
 * its tests, too.
 */
public final class TestNames extends InetAddressResolverProvider {

  private static final Map<String, List<InetAddress>> NAMES = new ConcurrentHashMap<>();

  /**
   * @param addresses as literals, in the order in which the name server gives them
   */
  public static void put(String name, String... addresses) {
    NAMES.put(name, Arrays.stream(addresses).map(literal -> named(name, literal)).toList());
  }

  private static InetAddress named(String name, String literal) {
    try {
      return InetAddress.getByAddress(name, InetAddress.ofLiteral(literal).getAddress());
    } catch (UnknownHostException e) {
      throw new AssertionError("4 or 16 bytes are an address", e);
    }
  }

  @Override
  public InetAddressResolver get(Configuration system) {
    InetAddressResolver others = system.builtinResolver();
    return new InetAddressResolver() {
      @Override
      public Stream<InetAddress> lookupByName(String host, LookupPolicy policy)
          throws UnknownHostException {
        List<InetAddress> known = NAMES.get(host);
        return known == null ? others.lookupByName(host, policy) : known.stream();
      }

      @Override
      public String lookupByAddress(byte[] address) throws UnknownHostException {
        return others.lookupByAddress(address);
      }
    };
  }

  @Override
  public String name() {
    return "names of tests";
  }
}
