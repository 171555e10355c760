package dev.limpet.transport.loop;

import akka.dispatch.Dispatcher;
import akka.dispatch.ExecutorServiceFactory;
import akka.dispatch.ExecutorServiceFactoryProvider;
import akka.dispatch.Mailbox;
import akka.dispatch.MessageDispatcherConfigurator;
import akka.stream.impl.fusing.ActorGraphInterpreter;
import com.typesafe.config.Config;
import dev.limpet.transport.report.Faults;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import scala.concurrent.duration.Duration;
import scala.concurrent.duration.FiniteDuration;

/** An Akka dispatcher whose one thread is a Netty event loop. */
final class EventLoopDispatcher extends Dispatcher {

  /** Messages an actor may handle before the next one's turn and before sockets are looked at. */
  private static final int THROUGHPUT = 64;

  private static final FiniteDuration SHUTDOWN = new FiniteDuration(1, TimeUnit.SECONDS);

  private final EventLoop loop;
  private final AtomicReference<Faults> faults;

  EventLoopDispatcher(MessageDispatcherConfigurator configurator, Config config) {
    this(
        configurator, config, newLoop(config.getInt("index")), new AtomicReference<>(new Faults()));
  }

  private EventLoopDispatcher(
      MessageDispatcherConfigurator configurator,
      Config config,
      EventLoop loop,
      AtomicReference<Faults> faults) {
    super(
        configurator,
        config.getString("id"),
        THROUGHPUT,
        Duration.Zero(),
        new OfLoop(loop, faults),
        SHUTDOWN);
    this.loop = loop;
    this.faults = faults;
  }

  EventLoop loop() {
    return loop;
  }

  /** Sets who hears of what actors throw and Akka does not catch. */
  void report(Faults to) {
    faults.set(to);
  }

  private static EventLoop newLoop(int index) {
    ThreadFactory threads = new DefaultThreadFactory("limpet-loop-" + index, true);
    return new MultiThreadIoEventLoopGroup(1, threads, NativeIo.BEST.handlers()).next();
  }

  /** Akka asks for the executor again after it has shut it down; the loop is there all the time. */
  private record OfLoop(EventLoop loop, AtomicReference<Faults> faults)
      implements ExecutorServiceFactoryProvider, ExecutorServiceFactory {

    @Override
    public ExecutorServiceFactory createExecutorServiceFactory(
        String id, ThreadFactory threadFactory) {
      return this;
    }

    @Override
    public LoopExecutor createExecutorService() {
      return new LoopExecutor(loop, faults);
    }
  }

  /**
   * The loop, which outlives it: Akka shuts a dispatcher's executor down when no actor uses it,
   * while listeners and pooled connections still need the loop.
   */
  private static final class LoopExecutor extends AbstractExecutorService {

    private final EventLoop loop;
    private final AtomicReference<Faults> faults;
    private volatile boolean shutDown;

    LoopExecutor(EventLoop loop, AtomicReference<Faults> faults) {
      this.loop = loop;
      this.faults = faults;
    }

    @Override
    public void execute(Runnable task) {
      loop.execute(new Turn(task, faults));
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

  /**
   * An actor's turn. An error (in Scala's sense: StackOverflowError and LinkageError, too) leaves
   * it in the middle of what it did, and Akka lets it go on from there; a stream would neither go
   * on nor end. It is ended here, and what it has is freed as at any end.
   */
  private record Turn(Runnable task, AtomicReference<Faults> faults) implements Runnable {

    @Override
    public void run() {
      try {
        task.run();
      } catch (Throwable thrown) {
        faults.get().caught("a connection", thrown);
        if (task instanceof Mailbox mailbox && isStream(mailbox)) {
          mailbox.actor().self().stop();
        }
      }
    }

    /**
     * Whether it is a stream, and not the actor above the streams of all connections. Akka has no
     * public means to tell them apart: only the name of an internal class does.
     */
    private static boolean isStream(Mailbox mailbox) {
      return mailbox.actor().actor() instanceof ActorGraphInterpreter;
    }
  }
}
