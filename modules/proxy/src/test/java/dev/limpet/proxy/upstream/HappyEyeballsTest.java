package dev.limpet.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.ActorSystem;
import com.typesafe.config.ConfigFactory;
import dev.limpet.model.net.HostPort;
import dev.limpet.proxy.failure.Failure;
import dev.limpet.testkit.Ports;
import dev.limpet.testkit.SilentPort;
import dev.limpet.transport.loop.EventLoops;
import dev.limpet.transport.loop.Loop;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is thrown while a connection is made is not lost in a timer, with who waits for the
 * connection.
 */
class HappyEyeballsTest {

  private static final ActorSystem SYSTEM =
      ActorSystem.create(
          "test",
          EventLoops.dispatcherConfig(1, 0)
              .withFallback(
                  ConfigFactory.parseString("akka.loglevel = off, akka.stdout-loglevel = off"))
              .withFallback(ConfigFactory.load()));

  private final EventLoops loops = EventLoops.of(SYSTEM);
  private final Loop loop = loops.all().getFirst();
  private final Queue<Channel> channels = new ConcurrentLinkedQueue<>();
  private final Queue<Object> outcomes = new ConcurrentLinkedQueue<>();

  @AfterAll
  static void stop() {
    SYSTEM.terminate();
    SYSTEM.getWhenTerminated().toCompletableFuture().join();
  }

  /** At once, in the timer of the second attempt, and at the end of the one before. */
  @ParameterizedTest
  @CsvSource({"1, silent", "2, silent", "2, refuses"})
  void whatIsThrownEndsTheAttemptAndIsCounted(int attempt, String first) {
    long before = loops.health().faults();
    try (SilentPort silent = new SilentPort("127.0.0.1", 0)) {
      Addresses addresses =
          new Addresses(
              new HostPort("app", 80),
              List.of(at(first.equals("silent") ? silent.port() : Ports.free()), at(Ports.free())));
      Bootstrap throwing = throwingIn(attempt);
      loop.executor()
          .execute(
              () ->
                  HappyEyeballs.begin(
                      loop, throwing, addresses, Duration.ofSeconds(30), new Told()));
      await().until(() -> !outcomes.isEmpty());
      assertThat(outcomes).containsExactly(Failure.INTERNAL);
      assertThat(loops.health().faults()).isEqualTo(before + 1);
      assertThat(channels).hasSize(attempt - 1);
      await().until(() -> channels.stream().noneMatch(Channel::isOpen));
      await().during(Duration.ofMillis(300)).until(() -> outcomes.size() == 1);
    }
  }

  private static InetSocketAddress at(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private Bootstrap throwingIn(int attempt) {
    AtomicInteger attempts = new AtomicInteger();
    return new Bootstrap() {
      @Override
      public ChannelFuture connect(SocketAddress address) {
        if (attempts.incrementAndGet() == attempt) {
          throw new StackOverflowError();
        }
        return super.connect(address);
      }
    }.group(loop.executor())
        .channel(loop.channelClass())
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channels.add(channel);
              }
            });
  }

  private final class Told implements HappyEyeballs.Outcome {

    @Override
    public void onChannel(Channel connected) {
      outcomes.add(connected);
    }

    @Override
    public void onFailure(Failure failure) {
      outcomes.add(failure);
    }

    @Override
    public void onShortage(String what) {
      outcomes.add(what);
    }
  }
}
