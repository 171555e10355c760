package dev.limpet.transport.loop;

import akka.dispatch.DispatcherPrerequisites;
import akka.dispatch.MessageDispatcher;
import akka.dispatch.MessageDispatcherConfigurator;
import com.typesafe.config.Config;

/** Makes an Akka dispatcher of a Netty event loop; named as {@code type} in its configuration. */
public final class EventLoopDispatcherConfigurator extends MessageDispatcherConfigurator {

  private final EventLoopDispatcher dispatcher;

  /** The constructor that Akka calls. */
  public EventLoopDispatcherConfigurator(Config config, DispatcherPrerequisites prerequisites) {
    super(config, prerequisites);
    dispatcher = new EventLoopDispatcher(this, config);
  }

  @Override
  public MessageDispatcher dispatcher() {
    return dispatcher;
  }
}
