package dev.limpet.kubernetes;

import static dev.limpet.testkit.TestSlice.Condition.ENDING;
import static dev.limpet.testkit.TestSlice.Condition.NOT_READY;
import static dev.limpet.testkit.TestSlice.Condition.READY;
import static dev.limpet.testkit.TestSlice.Condition.TERMINATING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limpet.model.state.ServerSource.FoundServer;
import dev.limpet.model.state.ServerSource.Standing;
import dev.limpet.testkit.TestSlice;
import dev.limpet.testkit.TestSlice.Endpoint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SliceSetTest {

  private static final PortChoice ONLY = PortChoice.ofServers(Optional.empty());

  private static PortChoice port(String wanted) {
    return PortChoice.ofServers(Optional.of(wanted));
  }

  private static TestSlice slice(String name) {
    return TestSlice.of("app", name).port("http", 3000);
  }

  private static EndpointSlice parsed(String json) throws IOException {
    return ApiClient.JSON.readValue(json, EndpointSlice.class);
  }

  private static SliceSet of(TestSlice... slices) throws IOException {
    SliceSet set = new SliceSet();
    List<EndpointSlice> all = new ArrayList<>();
    for (TestSlice slice : slices) {
      all.add(parsed(slice.json(7)));
    }
    set.replace(all);
    return set;
  }

  private static Map<String, Standing> standings(SliceSet set) {
    Map<String, Standing> standings = new TreeMap<>();
    set.servers(ONLY).forEach(found -> standings.put(found.address().toString(), found.standing()));
    return standings;
  }

  private static Map<String, String> zones(SliceSet set) {
    Map<String, String> zones = new TreeMap<>();
    set.servers(ONLY).forEach(found -> zones.put(found.address().host(), found.zone()));
    return zones;
  }

  private static List<String> addresses(SliceSet set, PortChoice port) {
    return set.servers(port).stream().map(found -> found.address().toString()).toList();
  }

  @Test
  void conditionsSayWhoTakesClients() throws IOException {
    SliceSet set =
        of(
            slice("app-1")
                .with(
                    new Endpoint("10.0.0.1", READY),
                    new Endpoint("10.0.0.2", NOT_READY),
                    new Endpoint("10.0.0.3", TERMINATING),
                    new Endpoint("10.0.0.4", ENDING)));
    assertThat(standings(set))
        .isEqualTo(
            Map.of(
                "10.0.0.1:3000", Standing.READY,
                "10.0.0.2:3000", Standing.NOT_READY,
                "10.0.0.3:3000", Standing.TERMINATING,
                "10.0.0.4:3000", Standing.NOT_READY));
  }

  @Test
  void conditionsThatNobodyStatesAreGood() throws IOException {
    SliceSet set = new SliceSet();
    set.put(
        parsed(
            """
            {"metadata": {"name": "a"}, "addressType": "IPv4", "ports": [{"port": 80}],
             "endpoints": [
               {"addresses": ["10.0.0.1"]},
               {"addresses": ["10.0.0.2"], "conditions": {}},
               {"addresses": ["10.0.0.3"], "conditions": {"ready": null, "terminating": true}}]}"""));
    assertThat(standings(set))
        .isEqualTo(
            Map.of(
                "10.0.0.1:80", Standing.READY,
                "10.0.0.2:80", Standing.READY,
                "10.0.0.3:80", Standing.TERMINATING));
  }

  @Test
  void anEndpointInTwoSlicesIsOneServerInItsBestState() throws IOException {
    SliceSet set =
        of(
            slice("app-1")
                .with(new Endpoint("10.0.0.1", NOT_READY), new Endpoint("10.0.0.2", READY)),
            slice("app-2")
                .with(
                    new Endpoint("10.0.0.1", READY),
                    new Endpoint("10.0.0.2", TERMINATING),
                    new Endpoint("10.0.0.3", NOT_READY)),
            slice("app-3").with(new Endpoint("10.0.0.3", TERMINATING)));
    assertThat(standings(set))
        .isEqualTo(
            Map.of(
                "10.0.0.1:3000", Standing.READY,
                "10.0.0.2:3000", Standing.READY,
                "10.0.0.3:3000", Standing.TERMINATING));
  }

  @Test
  void aPodWithAddressesOfBothKindsIsOneServer() throws IOException {
    SliceSet set =
        of(
            slice("app-v6")
                .ipv6()
                .with(
                    new Endpoint("fd00::1", READY, "pod-1", "", ""),
                    new Endpoint("fd00::2", READY, "pod-2", "", ""),
                    new Endpoint("fd00::3", READY)),
            slice("app-v4").with(new Endpoint("10.0.0.1", READY, "pod-1", "", "")));
    assertThat(addresses(set, ONLY))
        .containsExactlyInAnyOrder("10.0.0.1:3000", "[fd00::2]:3000", "[fd00::3]:3000");
  }

  @Test
  void zonesAreThoseOfTheEndpointsUnlessAllHaveHints() throws IOException {
    Endpoint one = new Endpoint("10.0.0.1", READY, "", "az1", "az2");
    Endpoint two = new Endpoint("10.0.0.2", READY, "", "az2", "az2");
    Endpoint plain = new Endpoint("10.0.0.3", READY, "", "az3", "");
    Endpoint gone = new Endpoint("10.0.0.4", TERMINATING, "", "az3", "");
    assertThat(zones(of(slice("app-1").with(one, two, gone))))
        .isEqualTo(Map.of("10.0.0.1", "az2", "10.0.0.2", "az2", "10.0.0.4", "az3"));
    assertThat(zones(of(slice("app-1").with(one, two, plain))))
        .isEqualTo(Map.of("10.0.0.1", "az1", "10.0.0.2", "az2", "10.0.0.3", "az3"));
    assertThat(zones(of(slice("app-1").with(new Endpoint("10.0.0.1", READY, "", "a b", "")))))
        .isEqualTo(Map.of("10.0.0.1", ""));
  }

  @Test
  void aPortIsChosenByNumberOrName() throws IOException {
    SliceSet set =
        of(
            slice("app-1").port("metrics", 9000).ready("10.0.0.1"),
            TestSlice.of("app", "app-2").port("http", 3001).ready("10.0.0.2"));
    assertThat(addresses(set, port("http"))).containsExactly("10.0.0.1:3000", "10.0.0.2:3001");
    assertThat(addresses(set, port("9000"))).containsExactly("10.0.0.1:9000");
    assertThat(addresses(set, ONLY)).containsExactly("10.0.0.2:3001");
    assertThat(addresses(set, port("80"))).isEmpty();
    PortChoice wrong = port("80");
    assertThat(set.trouble(wrong)).contains("no port 80; there are http = 3000, metrics = 9000");
    assertThat(set.trouble(ONLY)).isEmpty();
    SliceSet several = of(slice("app-1").port("metrics", 9000).ready("10.0.0.1"));
    assertThat(several.trouble(ONLY))
        .contains("several ports; set port; there are http = 3000, metrics = 9000");
  }

  @Test
  void aServiceWithoutPortsHasTheOneThatIsWanted() throws IOException {
    SliceSet set = of(TestSlice.of("app", "app-1").ready("10.0.0.1"));
    assertThat(addresses(set, port("3000"))).containsExactly("10.0.0.1:3000");
    assertThat(addresses(set, ONLY)).isEmpty();
  }

  @Test
  void portsThatAreNotTcpAreNone() throws IOException {
    SliceSet set = new SliceSet();
    set.put(
        parsed(
            """
            {"metadata": {"name": "a"}, "addressType": "IPv4",
             "ports": [{"name": "q", "port": 443, "protocol": "UDP"}, {"name": "all"},
                       {"name": "http", "port": 80, "protocol": "TCP"}],
             "endpoints": [{"addresses": ["10.0.0.1"]}]}"""));
    assertThat(addresses(set, ONLY)).containsExactly("10.0.0.1:80");
    assertThat(addresses(set, port("q"))).isEmpty();
    assertThat(addresses(set, port("all"))).isEmpty();
  }

  @Test
  void whatIsNoAddressIsPassedOver() throws IOException {
    SliceSet set = new SliceSet();
    set.put(
        parsed(
            """
            {"metadata": {"name": "a"}, "addressType": "IPv4", "ports": [{"port": 80}],
             "endpoints": [{"addresses": []}, {}, {"addresses": ["host.example"]},
                           {"addresses": ["10.0.0.1"]}]}"""));
    set.put(
        parsed(
            """
            {"metadata": {"name": "b"}, "addressType": "FQDN", "ports": [{"port": 80}],
             "endpoints": [{"addresses": ["app.example"]}]}"""));
    assertThat(addresses(set, ONLY)).containsExactly("10.0.0.1:80");
  }

  @Test
  void aNewListReplacesTheOldOne() throws IOException {
    SliceSet set = of(slice("app-1").ready("10.0.0.1"), slice("app-2").ready("10.0.0.2"));
    set.replace(List.of(parsed(slice("app-3").ready("10.0.0.3").json(8))));
    assertThat(set.servers(ONLY))
        .extracting(FoundServer::address)
        .extracting(Object::toString)
        .containsExactly("10.0.0.3:3000");
  }

  @Test
  void thereIsAMostOfEndpoints() throws IOException {
    EndpointSlice large =
        parsed(
            slice("app-1")
                .ready(
                    IntStream.range(0, 15_000)
                        .mapToObj(i -> "10.0.%d.%d".formatted(i / 250, i % 250))
                        .toArray(String[]::new))
                .json(7));
    SliceSet set = new SliceSet();
    set.put(large);
    set.put(large);
    EndpointSlice second =
        new EndpointSlice(
            new EndpointSlice.Metadata("app-2", "8"), "IPv4", large.endpoints(), large.ports());
    assertThatThrownBy(() -> set.put(second)).hasMessageContaining("more than 20000 endpoints");
  }
}
