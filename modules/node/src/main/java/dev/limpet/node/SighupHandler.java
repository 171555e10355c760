package dev.limpet.node;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The handler of SIGHUP. The JDK hears of signals by {@code sun.misc.Signal} alone, a class of
 * {@code jdk.unsupported} that compilers warn of; hence by its name.
 */
final class SighupHandler {

  private static final Logger LOG = LoggerFactory.getLogger(SighupHandler.class);

  private SighupHandler() {}

  /** Runs the task each time the signal comes. Where there is no such signal, never. */
  static void install(Runnable task) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object own =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> {
                task.run();
                return null;
              });
      Object before =
          signal
              .getMethod("handle", signal, handler)
              .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), own);
      if (handler.getField("SIG_IGN").get(null).equals(before)) {
        LOG.warn(
            "SIGHUP is ignored in a process that was started with it ignored, as nohup does;"
                + " use limpet reload");
      }
    } catch (InvocationTargetException e) {
      LOG.debug("no SIGHUP here", e.getCause());
    } catch (ReflectiveOperationException e) {
      LOG.warn("SIGHUP is not heard: {}", e.toString());
    }
  }
}
