package dev.limpet.proxy.akkahttp;

import akka.http.scaladsl.model.headers.CustomHeader;

/**
 * A response header that goes out exactly as given. Akka HTTP drops or rewrites headers it models,
 * such as Server and Content-Type; it leaves custom ones alone.
 */
public final class WireHeader extends CustomHeader {

  private final String name;
  private final String value;

  public WireHeader(String name, String value) {
    this.name = name;
    this.value = value;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String value() {
    return value;
  }

  @Override
  public boolean renderInRequests() {
    return false;
  }

  @Override
  public boolean renderInResponses() {
    return true;
  }
}
