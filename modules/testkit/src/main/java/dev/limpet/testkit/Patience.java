package dev.limpet.testkit;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Has every test wait for as long as a slow machine may need; what is to come within a shorter time
 * says so. Nor does a test fail while it waits for what a thread throws that another one has left
 * behind. JUnit finds this by itself in all modules that see it.
 */
public final class Patience implements BeforeAllCallback {

  private static final Duration LONG = Duration.ofMinutes(1);

  @Override
  public void beforeAll(ExtensionContext context) {
    Awaitility.setDefaultTimeout(LONG);
    Awaitility.doNotCatchUncaughtExceptionsByDefault();
  }
}
