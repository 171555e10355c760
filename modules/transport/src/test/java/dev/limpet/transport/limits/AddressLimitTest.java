package dev.limpet.transport.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AddressLimitTest {

  private final AddressLimit limit = new AddressLimit();

  @Test
  void eachAddressHasItsOwn() throws Exception {
    long first = Objects.requireNonNull(enter("192.0.2.1", 1));
    assertThat(enter("192.0.2.1", 1)).isNull();
    assertThat(enter("192.0.2.2", 1)).isNotNull();
    limit.leave(first);
    assertThat(enter("192.0.2.1", 1)).as("there is room again").isNotNull();
  }

  @Test
  void ofIpv6TheNetworkCounts() throws Exception {
    assertThat(enter("2001:db8:1:2::1", 1)).isNotNull();
    assertThat(enter("2001:db8:1:2:ffff::9", 1)).isNull();
    assertThat(enter("2001:db8:1:3::1", 1)).isNotNull();
  }

  @Test
  void zeroIsAnyNumber() throws Exception {
    for (int i = 0; i < 100; i++) {
      assertThat(enter("192.0.2.1", 0)).isNotNull();
    }
    assertThat(enter("192.0.2.1", 100)).as("they count once there is a limit").isNull();
  }

  private @Nullable Long enter(String address, int most) throws UnknownHostException {
    return limit.enter(InetAddress.getByName(address), most);
  }
}
