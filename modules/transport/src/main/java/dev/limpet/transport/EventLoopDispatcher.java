package dev.limpet.transport;

import akka.dispatch.Dispatcher;
import akka.dispatch.ExecutorServiceFactory;
import akka.dispatch.ExecutorServiceFactoryProvider;
import akka.dispatch.MessageDispatcherConfigurator;
import com.typesafe.config.Config;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import scala.concurrent.duration.Duration;
import scala.concurrent.duration.FiniteDuration;

/** An Akka dispatcher whose one thread is a Netty event loop. */
final class EventLoopDispatcher extends Dispatcher {

  /** Messages an actor may handle before the next one's turn and before sockets are looked at. */
  private static final int THROUGHPUT = 64;

  private static final FiniteDuration SHUTDOWN = new FiniteDuration(1, TimeUnit.SECONDS);

  private final EventLoop loop;

  EventLoopDispatcher(MessageDispatcherConfigurator configurator, Config config) {
    this(configurator, config, newLoop(config.getInt("index")));
  }

  private EventLoopDispatcher(
      MessageDispatcherConfigurator configurator, Config config, EventLoop loop) {
    super(
        configurator,
        config.getString("id"),
        THROUGHPUT,
        Duration.Zero(),
        new OfLoop(loop),
        SHUTDOWN);
    this.loop = loop;
  }

  EventLoop loop() {
    return loop;
  }

  private static EventLoop newLoop(int index) {
    ThreadFactory threads = new DefaultThreadFactory("limpet-loop-" + index, true);
    return new MultiThreadIoEventLoopGroup(1, threads, NativeIo.BEST.handlers()).next();
  }

  /** Akka asks for the executor again after it has shut it down; the loop is there all the time. */
  private record OfLoop(EventLoop loop)
      implements ExecutorServiceFactoryProvider, ExecutorServiceFactory {

    @Override
    public ExecutorServiceFactory createExecutorServiceFactory(
        String id, ThreadFactory threadFactory) {
      return this;
    }

    @Override
    public LoopExecutor createExecutorService() {
      return new LoopExecutor(loop);
    }
  }

  /**
   * The loop, which outlives it: Akka shuts a dispatcher's executor down when no actor uses it,
   * while listeners and pooled connections still need the loop.
   */
  private static final class LoopExecutor extends AbstractExecutorService {

    private final EventLoop loop;
    private volatile boolean shutDown;

    LoopExecutor(EventLoop loop) {
      this.loop = loop;
    }

    @Override
    public void execute(Runnable task) {
      loop.execute(task);
    }

    @Override
    public void shutdown() {
      shutDown = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
      shutDown = true;
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return shutDown;
    }

    @Override
    public boolean isTerminated() {
      return shutDown;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return shutDown;
    }
  }
}
